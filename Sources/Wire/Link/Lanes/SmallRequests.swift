/// The memory of a link's small requests, of all its lanes together. One of them is too small to be counted by itself, but
/// a proxy may have very many.
struct SmallRequests {
    private let memory: BodyMemory?
    private var octets = 0
    /// The memory that is counted for them, in steps; nil for less than one.
    private var hold: BodyHold?
    private var counted = 0

    init(_ memory: BodyMemory?) {
        self.memory = memory
    }

    /// Whether no more of them may come until some are answered. It changes only with a step, so that it costs nothing to ask.
    private(set) var isFull = false

    /// There are so many octets more, or less if the number is negative.
    mutating func change(by count: Int) {
        octets += count
        assert(octets >= 0, "no more is given up than has come")
        let due = octets / BodyMemory.smallest * BodyMemory.smallest
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
