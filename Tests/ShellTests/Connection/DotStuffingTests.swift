import NIOCore
import Testing

@testable import Shell

@Suite("Dots in texts")
struct DotStuffingTests {
    @Test(
        "A leading dot is doubled",
        arguments: [("a", "a"), (".", ".."), ("..", "..."), ("", ""), (" .", " .")])
    func leadingDots(_ line: String, _ stuffed: String) {
        #expect(String(buffer: ByteBuffer(string: line).dotStuffed) == stuffed)
    }
}
