import Testing

@testable import Bench

/// Tests that the number of replies is the same wherever the stream is cut.
@Suite("The replies that a load counts")
struct ReplyReaderTests {
    /// Returns the number of replies for pieces of each size. Bytes that the reader did not use are given again with
    /// the next piece, as in the load's loop.
    private func counts(_ shape: ReplyShape, _ expected: String, _ stream: String) throws -> [Int] {
        let bytes = Array(stream.utf8)
        return try (1...bytes.count).map { size in
            var reader = ReplyReader(shape, expecting: expected)
            var rest: [UInt8] = []
            var replies = 0
            for begin in stride(from: 0, to: bytes.count, by: size) {
                rest += bytes[begin..<min(begin + size, bytes.count)]
                let (count, used) = try rest.withUnsafeBytes { part in Result { try reader.read(part) } }.get()
                replies += count
                rest.removeFirst(used)
            }
            #expect(rest.isEmpty, "pieces of \(size)")
            return replies
        }
    }

    @Test("Each line is a reply, however the stream is cut")
    func lines() throws {
        let found = try counts(.line, "250 ", "250 2.0.0 OK\r\n250 2.0.0 alice\r\n250 2.0.0 OK\r\n")
        #expect(found.allSatisfy { $0 == 3 })
    }

    @Test("The lines of Redis are replies")
    func redis() throws {
        #expect(try counts(.line, "+PONG", "+PONG\r\n+PONG\r\n").allSatisfy { $0 == 2 })
    }

    /// A literal may contain line ends and braces. The line continues after it.
    @Test("A reply continues after its literal, whatever the literal contains")
    func literals() throws {
        let stream = "250 2.0.0 {8}\r\n\r\n{9}\r\nx\r\n250 2.0.0 FROM=bob {1}\r\n}\r\n250 2.0.0 no literal}\r\n"
        #expect(try counts(.literal, "250 ", stream).allSatisfy { $0 == 3 })
    }

    @Test("An HTTP answer is as long as its header says")
    func http() throws {
        let stream =
            "HTTP/1.1 200 OK\r\nContent-Type: x\r\nContent-Length: 5\r\n\r\nab\r\ncHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        #expect(try counts(.http, "HTTP/1.1 200", stream).allSatisfy { $0 == 2 })
    }

    @Test("A reply other than the expected one is an error that shows it")
    func unexpected() throws {
        var reader = ReplyReader(.line, expecting: "250 ")
        let error = #expect(throws: LoadError.self) {
            try Array("250 2.0.0 OK\r\n450 4.3.2 Busy\r\n".utf8).withUnsafeBytes { part in
                Result { try reader.read(part) }
            }.get()
        }
        #expect(error?.description == #"expected "250 ", got "450 4.3.2 Busy\xd\xa""#)
    }

    @Test("An HTTP answer without a length is an error")
    func httpLength() throws {
        var reader = ReplyReader(.http, expecting: "HTTP/1.1 200")
        #expect(throws: LoadError.self) {
            try Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8).withUnsafeBytes { part in
                Result { try reader.read(part) }
            }.get()
        }
    }
}
