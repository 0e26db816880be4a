/// The lanes of a link at the end that answers requests.
struct DownstreamLanes {
    private static let maximum = 1 << 20

    private var table = LaneTable<DownstreamLane>()
    private let makeLaneMemory: () -> (any LaneMemory)?

    /// Creates the state of a link without lanes.
    ///
    /// - Parameter makeLaneMemory: The responder's function that creates the memory of a lane.
    init(makeLaneMemory: @escaping () -> (any LaneMemory)?) {
        self.makeLaneMemory = makeLaneMemory
    }

    subscript(number: Lane) -> DownstreamLane? { table[number] }

    /// The lanes of all current sessions.
    var all: [Lane] { table.all.map(\.lane) }

    /// Whether no request is running in any lane.
    var areDrained: Bool { table.all.allSatisfy { $0.value.requests.isEmpty } }

    /// Returns the lane of a frame with a request, and whether it was created now.
    ///
    /// - Throws: A fault if a new lane does not state its client's address, or if the link has too many lanes.
    mutating func open(_ number: Lane, _ header: FrameHeader) throws(WireFault) -> (DownstreamLane, isNew: Bool) {
        if let lane = table[number] { return (lane, false) }
        guard header.peer != nil else { throw WireFault("a request in a lane without its client's address") }
        guard table.count < Self.maximum else { throw WireFault("too many lanes") }
        let lane = DownstreamLane(number, memory: makeLaneMemory())
        table[number] = lane
        return (lane, true)
    }

    /// Releases the lane of a session that has ended.
    ///
    /// - Returns: The lane; nil if the link does not have it.
    /// - Throws: A fault if the frame has other attributes than END, or if the lane has unanswered requests.
    mutating func end(_ number: Lane, _ header: FrameHeader) throws(WireFault) -> DownstreamLane? {
        guard header.isBare, !header.isDrop, header.window == 0 else {
            throw WireFault("the end of a lane with something else")
        }
        guard let lane = table[number] else { return nil }
        // A reply that is still to come would be read as a reply to the next session with this lane number.
        guard !lane.isBusy else { throw WireFault("the end of a lane with requests under way") }
        table[number] = nil
        return lane
    }
}
