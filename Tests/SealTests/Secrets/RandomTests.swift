import Secrets
import Testing

@testable import Seal

@Suite("Random bytes")
struct RandomTests {
    @Test("All bytes are drawn, however many there are", arguments: [16, 255, 256, 257, 512, 1000])
    func counts(count: Int) {
        let draws = (0..<2).map { _ in Random.bytes(count) }
        #expect(draws.allSatisfy { $0.count == count })
        // Each run of 16 bytes differs in two draws. If it were left out, it would be zeros in both.
        for start in stride(from: 0, through: count - 16, by: 1) {
            #expect(draws[0][start..<(start + 16)] != draws[1][start..<(start + 16)])
        }
    }

    @Test("No byte is written outside the buffer")
    func bounds() {
        var bytes = [UInt8](repeating: 7, count: 300)
        bytes.withUnsafeMutableBytes { Random.fill(UnsafeMutableRawBufferPointer(rebasing: $0[1..<299])) }
        #expect(bytes.first == 7)
        #expect(bytes.last == 7)
    }

    @Test("Nothing is drawn for an empty buffer")
    func none() {
        #expect(Random.bytes(0).isEmpty)
        #expect(SecretBytes.random(count: 0).count == 0)
    }
}
