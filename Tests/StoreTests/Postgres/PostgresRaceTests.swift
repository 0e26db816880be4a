import Store
import TestKit
import Testing

@testable import Postgres

/// Tests of addresses with several hosts, some of which cannot be used.
@Suite("Addresses with several hosts", .timeLimit(.minutes(5))) struct PostgresRaceTests {
    /// Opens the database by an address that lists another host first. The time to wait for a host is not limited.
    private func open(_ database: PostgresDatabase, behind port: Int) async throws {
        let ports = "\(port),\(database.cluster.port)"
        let store = try Store(
            at: PostgresAddress(
                "postgresql://owner@127.0.0.1,127.0.0.1/\(database.name)?port=\(ports)&connect_timeout=0"))
        try await store.add(newAccount("alice"))
        try await store.close()
    }

    @Test("A host that accepts connections but never answers does not block the next host")
    func silentHostKeepsNobody() async throws {
        // The system accepts the connections, but no program reads from them.
        let silent = try FalseServer()
        try await withDatabase { database in try await open(database, behind: silent.port) }
    }

    @Test("A host that closes the connection does not block the next host")
    func hostThatHangsUpKeepsNobodyFromTheNext() async throws {
        let relay = try Relay(to: 1)
        defer { relay.end() }
        try await withDatabase { database in try await open(database, behind: relay.port) }
    }

    @Test(
        "An address is split into its hosts, unless libpq must read the list itself",
        arguments: [
            ("postgresql://a,b:2/x", [["a", nil, ""], ["b", nil, "2"]]),
            (
                "postgresql:///x?host=a,b&hostaddr=192.0.2.1,192.0.2.2&port=7",
                [["a", "192.0.2.1", "7"], ["b", "192.0.2.2", "7"]]
            ),
            ("postgresql://a/x", [["a", nil, nil]]), ("postgresql:///x", [[nil, nil, nil]]),
            // Libpq itself chooses the order of these hosts.
            ("postgresql://a,b/x?target_session_attrs=prefer-standby", [["a,b", nil, ","]]),
            ("postgresql://a,b/x?port=1,2,3", [["a,b", nil, "1,2,3"]]),
        ])
    func hostsAreTakenApart(url: String, expected: [[String?]]) throws {
        let hosts = try PostgresAddress(url).hosts
        #expect(hosts.map { host in ["host", "hostaddr", "port"].map { host[$0] } } == expected)
    }

    @Test("When one connection is lost, the other connections are opened again too")
    func lossOfOneConnectionIsOneOfAll() async throws {
        try await withDatabase { database in
            let losses = PostgresLosses()
            let address = try PostgresAddress(database.url)
            let sessions = (0..<2).map { _ in PostgresSession(address, PostgresDriver.Settings(), losses: losses) }
            func backend(_ session: PostgresSession) throws -> String {
                try session.read(until: .now + .seconds(60)) { connection in
                    try connection.one("SELECT pg_backend_pid()::text") { row in try row.value(0) } ?? ""
                }
            }
            let before = try sessions.map(backend)
            try await database.run("SELECT pg_terminate_backend(\(before[0]))")
            let after = try sessions.map(backend)
            #expect(zip(before, after).allSatisfy { $0 != $1 })
            #expect(try sessions.map(backend) == after)
        }
    }
}
