/// The window of a lane at the end that receives long messages.
struct LaneWindow {
    /// The number of bytes that have arrived and were not given back to the sender.
    private var used = 0
    /// The number of those bytes that are no longer in this end's memory.
    private var taken = 0

    /// Counts bytes that have arrived.
    ///
    /// - Throws: A fault if the other end has sent more than the window allows.
    mutating func came(_ bytes: Int) throws(WireFault) {
        used += bytes
        guard used <= LaneSender.window else { throw WireFault("a window is overrun") }
        assert(bytes >= 0 && taken <= used)
    }

    /// Counts bytes that are no longer in this end's memory.
    mutating func took(_ bytes: Int) {
        taken += bytes
        assert(bytes >= 0 && taken <= used, "no more leaves the memory than has come")
    }

    /// Returns the number of bytes to give back now; 0 if they are too few to report.
    mutating func grantWindow() -> Int {
        guard taken >= LaneSender.window / 2 else { return 0 }
        defer { (used, taken) = (used - taken, 0) }
        return taken
    }
}
