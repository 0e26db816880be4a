/// The memory of all small requests of a link, in all its lanes. A single small request is not counted, but a proxy
/// may have very many of them.
struct SmallRequests {
    private let memory: BodyMemory?
    private var bytes = 0
    /// The memory that is counted for the requests, in steps of `BodyMemory.smallest`; nil below one step.
    private var hold: BodyHold?
    private var counted = 0

    init(_ memory: BodyMemory?) {
        self.memory = memory
    }

    /// Whether no more requests may be taken until some are answered. It is updated only when a step is reached, so
    /// that reading it costs nothing.
    private(set) var isFull = false

    /// Adds `count` bytes. A negative number removes bytes.
    mutating func change(by count: Int) {
        bytes += count
        assert(bytes >= 0, "no more is given up than has come")
        let due = bytes / BodyMemory.smallest * BodyMemory.smallest
        guard due != counted, let memory else { return }
        counted = due
        guard due > 0 else {
            (hold, isFull) = (nil, false)
            return
        }
        hold = hold ?? BodyHold(memory, for: nil)
        hold?.charge(to: due)
        hold?.shrink(to: due, unwritten: 0)
        isFull = memory.isFull
    }
}
