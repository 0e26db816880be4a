import NIOCore
import Testing

@testable import Wire

@Suite("The outbox")
struct OutboxTests {
    /// The minimum length of a body that is not copied.
    private static let long = 16 << 10

    private static func body(_ letter: String, _ count: Int) -> ByteBuffer {
        ByteBuffer(repeating: letter.utf8.first!, count: count)
    }

    /// Returns the address of the first readable byte.
    private static func address(_ buffer: ByteBuffer) -> UnsafeRawPointer? {
        buffer.withUnsafeReadableBytes { UnsafeRawPointer($0.baseAddress) }
    }

    private static func write(_ step: Character, _ letter: String, _ index: Int, into outbox: inout Outbox) {
        switch step {
        case "1": outbox.write(body: body(letter, 10))
        case "9": outbox.write(body: body(letter, long + index))
        default: outbox.bytes.writeString(letter)
        }
    }

    /// In the scripts, a letter is a line, `1` is a short body, and `9` is a long body.
    @Test(
        "Bytes leave in the order in which they were written",
        arguments: ["", "a", "1", "9", "a1b", "a9b", "99", "a99", "99b", "1919", "9a1b9c", "ab9cd1e9f", "911a119"])
    func order(_ script: String) {
        var outbox = Outbox()
        var other = Outbox()
        var expected = ""
        for (index, step) in script.enumerated() {
            let letter = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index)))
            Self.write(step, letter, index, into: &outbox)
            Self.write(step, letter, index, into: &other)
            expected += String(repeating: letter, count: step == "1" ? 10 : step == "9" ? Self.long + index : 1)
            #expect(outbox.count == expected.utf8.count && !outbox.isEmpty)
        }
        #expect(outbox.count == expected.utf8.count && outbox.isEmpty == script.isEmpty)
        let parts = outbox.take().all
        #expect(parts.map(\.text).joined() == expected)
        #expect(parts.allSatisfy { $0.readableBytes > 0 })
        #expect(outbox.isEmpty && outbox.count == 0 && outbox.take().all.isEmpty)
        #expect(other.takeJoined().text == expected)
        #expect(other.isEmpty && other.count == 0)
    }

    @Test("A long body is not copied, and a short one joins the bytes around it")
    func copies() {
        let (long, short) = (Self.body("l", Self.long), Self.body("s", Self.long - 1))
        var outbox = Outbox()
        outbox.bytes.writeString("a")
        outbox.write(body: short)
        outbox.bytes.writeString("b")
        outbox.write(body: long)
        outbox.bytes.writeString("c")
        outbox.write(body: short)
        let parts = outbox.take().all
        #expect(parts.map(\.readableBytes) == [Self.long + 1, Self.long, Self.long])
        #expect(Self.address(parts[1]) == Self.address(long))
        #expect(!parts.contains { Self.address($0) == Self.address(short) })
    }

    @Test("A slice is written without a copy, and its buffer remains unchanged")
    func slices() {
        var whole = Self.body("x", 3 * Self.long)
        whole.moveReaderIndex(forwardBy: Self.long)
        let slice = whole.getSlice(at: whole.readerIndex, length: Self.long)!
        var outbox = Outbox()
        outbox.write(body: slice)
        #expect(outbox.count == Self.long)
        #expect(Self.address(outbox.take().all[0]) == Self.address(whole))
        #expect(whole.readableBytes == 2 * Self.long)
    }

    @Test("Bytes that were taken do not change when more is written")
    func taken() {
        var outbox = Outbox()
        outbox.bytes.writeString("first")
        let parts = outbox.take().all
        outbox.bytes.writeString("other")
        #expect(parts.map(\.text) == ["first"])
        #expect(outbox.take().all.map(\.text) == ["other"])
    }

    /// In the scripts, a digit is a body of that many quarters of a share, a letter is a line of one byte, and `|` is
    /// a line of a quarter.
    @Test(
        "A large outbox leaves in shares and in order, and no byte of a long body is copied",
        arguments: [
            "4", "4a", "a4", "5", "8", "9a9", "1111", "11111", "a1b1c1d1e", "a9", "||||", "||||a", "|4|9|", "2|2|2",
        ])
    func shares(_ script: String) throws {
        let quarter = Outbox.share / 4
        var outbox = Outbox()
        var (expected, bodies) = (ByteBuffer(), [ByteBuffer]())
        for (index, step) in script.enumerated() {
            let letter = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index)))
            let count = step == "|" ? quarter : (Int(String(step)) ?? 0) * quarter
            let bytes = Self.body(letter, max(count, 1))
            if step.isNumber {
                outbox.write(body: bytes)
                bodies.append(bytes)
            } else {
                outbox.bytes.writeImmutableBuffer(bytes)
            }
            expected.writeImmutableBuffer(bytes)
        }
        let places = bodies.map { body in Self.address(body)!..<Self.address(body)! + body.readableBytes }
        var (left, copied) = (expected.readableBytes, 0)
        while let contents = outbox.takeShare() {
            let parts = contents.all
            let count = parts.reduce(0) { $0 + $1.readableBytes }
            #expect(count == min(left, Outbox.share))
            left -= count
            #expect(contents.leavesMore == (left > 0))
            #expect(outbox.count == left && outbox.isEmpty == (left == 0))
            #expect(parts.allSatisfy { $0.readableBytes > 0 })
            for part in parts {
                let start = try #require(Self.address(part))
                if !places.contains(where: { $0.contains(start) }) { copied += part.readableBytes }
                #expect(part == expected.readSlice(length: part.readableBytes))
            }
        }
        #expect(left == 0)
        #expect(copied == script.reduce(0) { $0 + ($1.isNumber ? 0 : $1 == "|" ? quarter : 1) })
    }

    @Test("A reply and a request with a long body share its bytes")
    func longMessages() throws {
        let body = Self.body("x", 70_000)
        var outbox = Outbox()
        Reply.result(body).write(form: .literal, result: .plain, into: &outbox)
        try Request(Sample.echo, [body]).write(FrameHeader(lane: 1), into: &outbox)
        #expect(outbox.take().all.count { Self.address($0) == Self.address(body) && $0.readableBytes == 70_000 } == 2)
    }
}
