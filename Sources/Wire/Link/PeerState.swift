/// The state of the other end of a link, as its notes have said it.
struct PeerState {
    enum Phase {
        /// It has not greeted yet, as a server does.
        case greeting
        /// It has not said yet what it answers.
        case hello
        case ready
        case stopping
    }

    private static let maximumCommands = 4096

    private(set) var phase: Phase
    /// The commands that are being announced, before they are complete.
    private var announcement: (name: String, specs: [CommandSpec])?
    /// The number of PINGs that were sent, and of those that are not answered.
    private var pings: (asked: UInt64, owed: Int) = (0, 0)
    /// Notes in a row that meant nothing.
    private var unknown = 0

    init(_ phase: Phase) {
        self.phase = phase
    }

    /// It has greeted.
    mutating func greeted() { phase = .hello }

    /// A message came from it.
    mutating func heard() { unknown = 0 }

    /// It is asked whether it lives. Returns the number of the question.
    mutating func ask() -> UInt64 {
        pings = (pings.asked + 1, pings.owed + 1)
        return pings.asked
    }

    /// Takes a note.
    ///
    /// - Returns: what its machine tells of that; nil for nothing.
    mutating func take(_ note: LinkNote) throws(WireFault) -> UpstreamMachine.Event? {
        switch note {
        case .hello(LinkNote.version, let name) where phase == .ready || phase == .hello:
            // A server that answers other commands than before announces itself again.
            announcement = (name, [])
        case .hello(let version, _) where version != LinkNote.version:
            throw WireFault("the other end speaks version \(version) of the link, this one \(LinkNote.version)")
        case .command(let spec) where announcement != nil:
            guard announcement!.specs.count < Self.maximumCommands else {
                throw WireFault("too many commands are announced")
            }
            announcement!.specs.append(spec)
        case .ready where announcement != nil:
            defer { announcement = nil }
            if phase == .hello { phase = .ready }
            return .announced(name: announcement!.name, announcement!.specs)
        case .pong where pings.owed > 0:
            // All that counts is that something came.
            pings.owed -= 1
        case .stopping where phase == .ready:
            phase = .stopping
            return .stopping
        default:
            unknown += 1
            guard unknown <= LinkNote.mostUnknown else { throw WireFault("too many notes that mean nothing") }
        }
        return nil
    }
}
