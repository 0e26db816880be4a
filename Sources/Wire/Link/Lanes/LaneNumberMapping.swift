/// A converter between the lanes of one link and the lanes of the process. Two links may use the same lane number,
/// but the lanes of the process are unique.
struct LaneNumberMapping {
    /// The number of link numbers. Number 0 is used for sessions without a link.
    private static let links: UInt64 = (1 << 20) - 1

    private let base: UInt64

    /// Creates the converter for one link.
    ///
    /// - Parameter link: The number of the link in its process. With 0, a lane has the same number on the link and in
    ///   the process.
    init(link: UInt64) {
        // A link number is used again only after a million other links were made.
        base = link == 0 ? 0 : (1 + (link - 1) % Self.links) * FrameHeader.lanesEnd.number
    }

    /// Returns the process's lane for a lane of the link. The lane of the link must be below `FrameHeader.lanesEnd`.
    func inProcess(_ lane: Lane) -> Lane { Lane(base + lane.number) }

    /// Returns the link's lane for a lane of the process.
    func onLink(_ lane: Lane) -> Lane { Lane(lane.number - base) }
}
