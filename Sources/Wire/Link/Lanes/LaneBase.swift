/// Turns the lanes of one link into lanes of the process, and back: two links may have lanes of one number.
struct LaneBase {
    /// Numbers of links; number 0 is that of the sessions without one.
    private static let links: UInt64 = (1 << 20) - 1

    private let base: UInt64

    /// `link`: the link's number in its process; 0 for a lane that is the same in both.
    init(link: UInt64) {
        // A number comes again when a million other links have been made.
        base = link == 0 ? 0 : (1 + (link - 1) % Self.links) * FrameHeader.lanesEnd.number
    }

    /// The lane of the process that a lane of the link is, which must be below `FrameHeader.lanesEnd`.
    func inProcess(_ lane: Lane) -> Lane { Lane(base + lane.number) }

    /// The lane of the link that a lane of the process is.
    func onLink(_ lane: Lane) -> Lane { Lane(lane.number - base) }
}
