/// The window of a lane at the end that receives long messages.
struct LaneWindow {
    /// Octets that came and were not given back.
    private var used = 0
    /// Octets of them that have left the memory of this end.
    private var taken = 0

    /// Octets came.
    mutating func came(_ octets: Int) throws(WireFault) {
        used += octets
        guard used <= LaneSender.window else { throw WireFault("a window is overrun") }
        assert(octets >= 0 && taken <= used)
    }

    /// Octets that came are in this end's memory no more.
    mutating func took(_ octets: Int) {
        taken += octets
        assert(octets >= 0 && taken <= used, "no more leaves the memory than has come")
    }

    /// The octets to give back now; 0 where there are too few to say so.
    mutating func giveBack() -> Int {
        guard taken >= LaneSender.window / 2 else { return 0 }
        defer { (used, taken) = (used - taken, 0) }
        return taken
    }
}
