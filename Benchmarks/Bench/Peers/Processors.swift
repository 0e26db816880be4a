import CGNU
import Glibc

/// Which processors a thread may use, and what it starts.
enum Processors {
    /// The first 256, a bit each.
    private typealias Bits = (UInt64, UInt64, UInt64, UInt64)

    /// What the harness was given.
    private static let all: Bits = {
        var bits: Bits = (0, 0, 0, 0)
        sched_getaffinity(0, MemoryLayout<Bits>.size, &bits)
        return bits
    }()

    /// Runs `body` where the calling thread may use one processor only, or all for nil: a child begins with what the
    /// thread has that starts it.
    static func using<Value>(_ processor: Int?, _ body: () -> Value) -> Value {
        _ = all
        var before: Bits = (0, 0, 0, 0)
        sched_getaffinity(0, MemoryLayout<Bits>.size, &before)
        if let processor { restrict(to: processor) } else { set(all) }
        defer { set(before) }
        return body()
    }

    /// The calling thread may use this one only.
    static func restrict(to processor: Int) {
        _ = all
        set((1 << UInt64(processor), 0, 0, 0))
    }

    private static func set(_ bits: Bits) {
        var bits = bits
        sched_setaffinity(0, MemoryLayout<Bits>.size, &bits)
    }
}
