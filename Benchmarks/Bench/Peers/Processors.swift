import CGNU
import Glibc

/// The processors that a thread and the programs that it starts may use.
enum Processors {
    /// A set of the first 256 processors, with a bit for each.
    private typealias Bits = (UInt64, UInt64, UInt64, UInt64)

    /// The processors that the harness may use.
    private static let all: Bits = {
        var bits: Bits = (0, 0, 0, 0)
        sched_getaffinity(0, MemoryLayout<Bits>.size, &bits)
        return bits
    }()

    /// Runs `body` while the calling thread may use only one processor, or all if `processor` is nil. A child process
    /// inherits the processors of the thread that starts it.
    static func using<Value>(_ processor: Int?, _ body: () -> Value) -> Value {
        _ = all
        var before: Bits = (0, 0, 0, 0)
        sched_getaffinity(0, MemoryLayout<Bits>.size, &before)
        if let processor { restrict(to: processor) } else { set(all) }
        defer { set(before) }
        return body()
    }

    /// Restricts the calling thread to one processor.
    static func restrict(to processor: Int) {
        _ = all
        set((1 << UInt64(processor), 0, 0, 0))
    }

    private static func set(_ bits: Bits) {
        var bits = bits
        sched_setaffinity(0, MemoryLayout<Bits>.size, &bits)
    }
}
