/// SHAKE-128 (FIPS 202) with an unlimited output. Only the accumulated vectors use it.
struct SHAKE128 {
    private static let rate = 168
    private var lanes = [UInt64](repeating: 0, count: 25)
    private var place = 0

    mutating func absorb(_ bytes: [UInt8]) {
        for byte in bytes {
            lanes[place / 8] ^= UInt64(byte) << (8 * (place % 8))
            place += 1
            if place == Self.rate { permute() }
        }
    }

    /// Ends the input. Afterwards only ``squeeze(_:)`` may be called.
    mutating func finish() {
        lanes[place / 8] ^= 0x1F << (8 * (place % 8))
        lanes[Self.rate / 8 - 1] ^= 1 << 63
        permute()
    }

    mutating func squeeze(_ count: Int) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(count)
        for _ in 0..<count {
            if place == Self.rate { permute() }
            output.append(UInt8(truncatingIfNeeded: lanes[place / 8] >> (8 * (place % 8))))
            place += 1
        }
        return output
    }

    private mutating func permute() {
        place = 0
        lanes.withUnsafeMutableBufferPointer { lanes in
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 25) { spare in
                let (a, b) = (lanes.baseAddress!, spare.baseAddress!)
                for constant in Self.roundConstants {
                    Self.theta(a, b)
                    for lane in 0..<25 { b[Self.targets[lane]] = Self.rotate(a[lane], Self.rotations[lane]) }
                    Self.chi(b, into: a)
                    a[0] ^= constant
                }
            }
        }
    }

    // The loop is unrolled, because a debug build runs it some million times.

    private static func theta(_ a: UnsafeMutablePointer<UInt64>, _ b: UnsafeMutablePointer<UInt64>) {
        for x in 0..<5 { b[x] = a[x] ^ a[x &+ 5] ^ a[x &+ 10] ^ a[x &+ 15] ^ a[x &+ 20] }
        for x in 0..<5 {
            let parity = b[x == 0 ? 4 : x &- 1] ^ rotate(b[x == 4 ? 0 : x &+ 1], 1)
            a[x] ^= parity
            a[x &+ 5] ^= parity
            a[x &+ 10] ^= parity
            a[x &+ 15] ^= parity
            a[x &+ 20] ^= parity
        }
    }

    private static func chi(_ b: UnsafeMutablePointer<UInt64>, into a: UnsafeMutablePointer<UInt64>) {
        var row = 0
        while row < 25 {
            a[row] = b[row] ^ (~b[row &+ 1] & b[row &+ 2])
            a[row &+ 1] = b[row &+ 1] ^ (~b[row &+ 2] & b[row &+ 3])
            a[row &+ 2] = b[row &+ 2] ^ (~b[row &+ 3] & b[row &+ 4])
            a[row &+ 3] = b[row &+ 3] ^ (~b[row &+ 4] & b[row])
            a[row &+ 4] = b[row &+ 4] ^ (~b[row] & b[row &+ 1])
            row &+= 5
        }
    }

    private static func rotate(_ lane: UInt64, _ count: UInt64) -> UInt64 {
        lane &<< count | lane &>> (64 &- count)
    }

    /// The target of each lane, from (x, y) to (y, 2x + 3y).
    private static let targets: [Int] = (0..<25).map { lane in
        let (y, x) = lane.quotientAndRemainder(dividingBy: 5)
        return y + 5 * ((2 * x + 3 * y) % 5)
    }

    private static let rotations: [UInt64] = [
        0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
    ]

    private static let roundConstants: [UInt64] = [
        0x1, 0x8082, 0x8000_0000_0000_808A, 0x8000_0000_8000_8000, 0x808B, 0x8000_0001, 0x8000_0000_8000_8081,
        0x8000_0000_0000_8009, 0x8A, 0x88, 0x8000_8009, 0x8000_000A, 0x8000_808B, 0x8000_0000_0000_008B,
        0x8000_0000_0000_8089, 0x8000_0000_0000_8003, 0x8000_0000_0000_8002, 0x8000_0000_0000_0080, 0x800A,
        0x8000_0000_8000_000A, 0x8000_0000_8000_8081, 0x8000_0000_0000_8080, 0x8000_0001, 0x8000_0000_8000_8008,
    ]
}
