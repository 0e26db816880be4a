import NIOCore
import Testing

@testable import Wire

@Suite("Bytes that arrive in pieces")
struct InputBufferTests {
    /// Returns the address of the first byte of the buffer's memory.
    private static func address(_ buffer: ByteBuffer) -> UnsafeRawPointer? {
        buffer.withVeryUnsafeBytes { UnsafeRawPointer($0.baseAddress) }
    }

    @Test("Bytes that arrive when the buffer is empty are taken without a copy")
    func taken() {
        var piece = ByteBuffer(string: "hello")
        let address = Self.address(piece)
        var buffer = ByteBuffer()
        buffer.writeOrTake(&piece)
        #expect(buffer.text == "hello" && Self.address(buffer) == address)
        buffer.moveReaderIndex(forwardBy: 5)
        var next = ByteBuffer(string: "other")
        buffer.writeOrTake(&next)
        #expect(buffer.text == "other")
    }

    @Test("Bytes that were read do not change, and the rest precedes new bytes")
    func slices() {
        var buffer = ByteBuffer()
        var slices: [ByteBuffer] = []
        for letter in ["ab", "cd", "ef", "gh"] {
            var piece = ByteBuffer(string: letter)
            buffer.writeOrTake(&piece)
            slices.append(buffer.readSlice(length: buffer.readableBytes - 1)!)
        }
        #expect(slices.map(\.text) == ["a", "bc", "de", "fg"] && buffer.text == "h")
    }

    @Test("A stream that always leaves some bytes does not need more and more memory", arguments: [false, true])
    func neverDrained(areKept: Bool) {
        var buffer = ByteBuffer()
        var kept: ByteBuffer?
        var (sent, seen) = (0, 0)
        for _ in 0..<10_000 {
            var piece = ByteBuffer(bytes: (0..<100).map { UInt8(truncatingIfNeeded: sent + $0) })
            sent += 100
            buffer.writeOrTake(&piece)
            let read = buffer.readSlice(length: buffer.readableBytes - 7)!
            #expect(
                read.readableBytesView.elementsEqual(
                    (0..<read.readableBytes).map { UInt8(truncatingIfNeeded: seen + $0) }))
            seen += read.readableBytes
            if areKept { kept = read }
            #expect(buffer.capacity <= 256)
        }
        #expect(seen == sent - 7 && (kept != nil) == areKept)
    }

    @Test("Requests that arrive with the beginning of the next do not need more and more memory")
    func requests() {
        var framer = Framer(readsTelnet: true)
        var buffer = ByteBuffer()
        var count = 0
        var piece = ByteBuffer(string: "ECHO")
        buffer.writeOrTake(&piece)
        for _ in 0..<10_000 {
            piece = ByteBuffer(string: " a\r\nECHO")
            buffer.writeOrTake(&piece)
            while let event = framer.next(&buffer, limits: .session) {
                #expect(event == .line(RequestLine(head: ByteBuffer(string: "ECHO a"))))
                count += 1
            }
            #expect(buffer.capacity <= 256)
        }
        #expect(count == 10_000)
    }

    @Test("Room for a literal is made once, and its bytes are not moved again")
    func room() {
        let count = 1_000_000
        var framer = Framer(readsTelnet: true)
        var buffer = ByteBuffer(string: "ECHO {\(count)+}\r\nx")
        #expect(framer.next(&buffer, limits: .session).map { if case .announced = $0 { true } else { false } } == true)
        framer.takeLiteral()
        #expect(framer.next(&buffer, limits: .session) == nil)
        let address = Self.address(buffer)
        var arrived = 1
        while arrived + 1000 < count {
            var piece = ByteBuffer(repeating: UInt8(ascii: "y"), count: 1000)
            buffer.writeOrTake(&piece)
            arrived += 1000
            #expect(framer.next(&buffer, limits: .session) == nil)
            #expect(Self.address(buffer) == address)
        }
        var piece = ByteBuffer(string: String(repeating: "z", count: count - arrived) + "\r\nNO")
        buffer.writeOrTake(&piece)
        guard case .line(let frame) = framer.next(&buffer, limits: .session) else {
            Issue.record("no frame")
            return
        }
        let literal = "x" + String(repeating: "y", count: arrived - 1) + String(repeating: "z", count: count - arrived)
        #expect(frame.tails.map(\.literal.text) == [literal])
        #expect(frame.tails.first.map { Self.address($0.literal) } == address, "nor when it is whole")
        #expect(buffer.text == "NO")
    }

    @Test("Successive literals take no more memory than the largest")
    func literals() {
        let request = "ECHO {100000+}\r\n\(String(repeating: "x", count: 100_000))\r\n"
        var stream = ByteBuffer()
        for _ in 0..<100 { stream.writeString(request) }
        var framer = Framer(readsTelnet: true)
        var buffer = ByteBuffer()
        var frames = 0
        while var piece = stream.readSlice(length: min(70_001, stream.readableBytes)), piece.readableBytes > 0 {
            // Each piece gets its own memory, like the result of a read.
            piece = ByteBuffer(bytes: piece.readableBytesView)
            buffer.writeOrTake(&piece)
            while let event = framer.next(&buffer, limits: .session) {
                if case .announced = event { framer.takeLiteral() }
                if case .line(let frame) = event {
                    #expect(frame.literalSize == 100_000)
                    frames += 1
                }
            }
            #expect(buffer.capacity <= 512 << 10)
        }
        #expect(frames == 100)
    }

    private static func header(_ text: String) throws(WireFault) -> FrameHeader {
        let result = Array(text.utf8).withUnsafeBytes { bytes in
            Result { () throws(WireFault) in try FrameHeader(bytes, longest: 10) }
        }
        return try result.get()
    }

    @Test("A lane has one spelling", arguments: [("#1 0", 1), ("#10 0", 10), ("#18446744073709551615 0", Lane(.max))])
    func lane(_ text: String, _ number: Lane) throws {
        #expect(try Self.header(text).lane == number)
    }

    @Test(
        "Any other spelling of a lane is refused",
        arguments: [
            "#01 0", "#00 0", "#18446744073709551616 0", "#99999999999999999999999999999999 0",
            "# 0", "#", "#1", "", "1 0", "#x 0", "#1x 0", "#-1 0", "#+1 0", "#1\t0", "##1 0", " #1 0", "#: 0", "#1: 0",
            "#\u{FF11} 0", "#1A 0", "#1\0 0", "#1 ", "#1 00", "#1 11", "#1 0 ", "#1 0\0",
        ])
    func noLane(_ text: String) {
        #expect(throws: WireFault.self) { try Self.header(text) }
    }
}
