import Glibc
import Testing

@testable import Bench

/// Tests of loads whose scripts are finite. Such a load ends without a stop flag.
@Suite("Loads")
struct LoadTests {
    private func load(_ server: ConstantServer, _ pace: Load.Pace, requests: [Int]) -> Load {
        var load = Load(Target(port: server.port), connections: requests.count, pace: pace) { number in
            // The requests have different lengths. A wrong position in the script would therefore cut one of them.
            Script(
                (0..<requests[number]).map { Script.line(String(repeating: "x", count: $0 % 50)) }, isCyclic: false)
        }
        load.preamble = { _ in [] }
        load.warmUp = 0
        load.seconds = 600
        return load
    }

    @Test("A closed loop gets a reply to each request", arguments: [1, 7, 64])
    func closedLoop(_ inFlight: Int) throws {
        let server = try ConstantServer()
        defer { server.end() }
        let result = try load(server, .closed(inFlight: inFlight), requests: [1, 1000, 333]).run()
        #expect(result.replies == 1334)
        #expect(result.p50 > 0 && result.p50 <= result.p99 && result.p99 <= result.p999)
        #expect(result.p999 <= result.maximum)
    }

    @Test("An open loop gets a reply to each request")
    func openLoop() throws {
        let server = try ConstantServer()
        defer { server.end() }
        #expect(try load(server, .open(rate: 100_000), requests: [500, 500]).run().replies == 1000)
    }

    @Test("An unexpected reply ends a load and is shown")
    func unexpected() throws {
        let server = try ConstantServer()
        defer { server.end() }
        var load = load(server, .closed(inFlight: 2), requests: [10])
        load.expected = "235 "
        let error = #expect(throws: LoadError.self) { try load.run() }
        #expect(error?.description.hasPrefix(#"expected "235 ", got "250 2.0.0 OK\xd\xa"#) == true)
    }

    @Test("A stop flag ends a load")
    func stopFlag() throws {
        let server = try ConstantServer()
        defer { server.end() }
        var load = load(server, .closed(inFlight: 1), requests: [1])
        load.script = { _ in Script(repeating: Script.line("NOOP"), inFlight: 1) }
        let stop = StopFlag()
        let worker = Worker { [load] in try load.run(until: stop) }
        stop.set()
        _ = try worker.join()
    }

    @Test("An unreachable server is named")
    func noServer() throws {
        let (descriptor, port) = try Socket.listen()
        close(descriptor)
        let error = #expect(throws: LoadError.self) {
            try Load(Target(port: port), connections: 1, inFlight: 1, request: Script.line("NOOP")).run()
        }
        #expect(error?.description == "127.0.0.1:\(port): Connection refused")
    }
}

@Suite("A load's script")
struct ScriptTests {
    @Test("A literal follows its line")
    func literal() {
        #expect(Script.line("ENCRYPT", literal: Array("a\r\n".utf8)) == Array("ENCRYPT {3+}\r\na\r\n\r\n".utf8))
    }

    @Test("A script has a copy of a small request for each in flight")
    func copies() {
        #expect(Script(repeating: Script.line("NOOP"), inFlight: 3).lengths == [6, 6, 6])
        let large = [UInt8](repeating: 0, count: 1 << 20)
        #expect(Script(repeating: large, inFlight: 8).lengths == [1 << 20])
    }
}

@Suite("A load's connection")
struct ConnectionTests {
    /// A socket pair accepts all bytes that are written. The bytes that can be read are the script, repeated.
    @Test("A cyclic script begins again after its last request")
    func cyclic() throws {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { close(ends[1]) }
        let script = Script([Array("one;".utf8), Array("three;".utf8), Array("2;".utf8)], isCyclic: true)
        var connection = Connection(
            Channel(descriptor: ends[0], tls: nil), script, ReplyReader(.line, expecting: ""), room: 4)
        defer { connection.end() }
        var queued = (1...5 as ClosedRange<UInt64>).map { connection.queue(dueAt: $0) }
        #expect(queued == [true, true, true, true, false])
        var isOpen = connection.write()
        var times: [UInt64?] = []
        for time in 5...7 as ClosedRange<UInt64> {
            times.append(connection.settle())
            queued.append(connection.queue(dueAt: time))
        }
        isOpen = connection.write() && isOpen
        #expect(isOpen)
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = recv(ends[1], &bytes, bytes.count, 0)
        #expect(String(decoding: bytes[..<count], as: UTF8.self) == "one;three;2;one;three;2;one;")
        for _ in 0..<5 { times.append(connection.settle()) }
        #expect(times == [1, 2, 3, 4, 5, 6, 7, nil])
    }
}

@Suite("OpenBao's answers")
struct OpenBaoTests {
    /// The answer is the one in the documentation of `sys/init`.
    @Test("The members of a JSON answer are found by their names")
    func members() {
        let json = #"{"keys":["one"],"keys_base64":["b25l"],"root_token":"s.token"}"#
        #expect(OpenBao.member("keys", of: json) == "one")
        #expect(OpenBao.member("root_token", of: json) == "s.token")
        #expect(OpenBao.member("token", of: json) == nil)
    }
}
