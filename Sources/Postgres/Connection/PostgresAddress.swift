import CPostgres
import Store

/// The address of a PostgreSQL database, as libpq takes it: `postgresql://user@host1,host2:5433/name?parameter=value`.
///
/// This type chooses what the URL leaves open: the server that takes writes among several hosts, TLS with the server's
/// certificate checked if the connection leaves the machine, and an end to waiting for a server that is gone.
package struct PostgresAddress: Sendable, CustomStringConvertible {
    /// The parameters of libpq, by name.
    let parameters: [String: String]
    /// The URL as it was given. It contains no secret.
    package let description: String

    /// The name of every connection, or the beginning of the name that the URL gives it. `claverod migrate` finds servers
    /// by it.
    static let program = "claverod"

    /// The parameters that hold if the URL says nothing else.
    private static let standard = [
        "target_session_attrs": "read-write", "connect_timeout": "5", "client_encoding": "UTF8",
        "application_name": program, "keepalives_idle": "1", "keepalives_interval": "1", "keepalives_count": "3",
        "tcp_user_timeout": "3000",
    ]

    /// - Throws: `.failed`, which does not show the URL, since it may contain a password; `.notInstalled`.
    package init(_ url: String) throws(StoreError) {
        guard url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") else {
            throw .failed("not a PostgreSQL URL; use postgresql://user@host/name")
        }
        try LibPQ.load()
        let given = try Self.parse(url)
        for secret in ["password", "sslpassword"] where given[secret] != nil {
            throw .failed(
                "the URL must not contain a secret; put the password in the file that passfile= or PGPASSFILE names")
        }
        var parameters = Self.standard.merging(given) { _, given in given }
        if parameters["sslmode"] == nil, !Self.isLocal(given) { parameters["sslmode"] = "verify-full" }
        if let own = given["application_name"] { parameters["application_name"] = "\(Self.program) \(own)" }
        (self.parameters, description) = (parameters, url)
    }

    /// The parameters of libpq for each of the hosts. There is one set for all of them, and libpq's own order, if it is not
    /// enough that a host takes writes, or if the lists do not go together.
    var hosts: [[String: String]] {
        let lists = ["host", "hostaddr", "port"].compactMap { name in
            parameters[name].map { (name, $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)) }
        }
        let count = lists.map(\.1.count).max() ?? 1
        guard ["read-write", "primary"].contains(parameters["target_session_attrs"]),
            lists.allSatisfy({ name, list in list.count == count || name == "port" && list.count == 1 })
        else { return [parameters] }
        return (0..<count).map { index in
            parameters.merging(lists.map { ($0, $1.count == 1 ? $1[0] : $1[index]) }) { _, own in own }
        }
    }

    /// The time that each host has for a connection. libpq's 0 means that it is not limited.
    var connectTimeout: Duration {
        let seconds = parameters["connect_timeout"].flatMap(Int.init) ?? 0
        return seconds > 0 ? .seconds(seconds) : .seconds(86400)
    }

    private static func parse(_ url: String) throws(StoreError) -> [String: String] {
        guard let options = libpq.PQconninfoParse(url, nil) else {
            // The reason that libpq gives quotes the URL.
            throw .failed("not a PostgreSQL URL, or one with an unknown parameter")
        }
        defer { libpq.PQconninfoFree(options) }
        var given: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { given[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return given
    }

    /// Whether every host is the directory of a Unix socket or on loopback. If none is given, libpq takes its own socket.
    private static func isLocal(_ given: [String: String]) -> Bool {
        let hosts = (given["hostaddr"] ?? given["host"] ?? "").split(separator: ",", omittingEmptySubsequences: true)
        return hosts.allSatisfy { host in
            host.hasPrefix("/") || host.hasPrefix("@") || host.hasPrefix("127.")
                || ["localhost", "::1"].contains(host)
        }
    }
}
