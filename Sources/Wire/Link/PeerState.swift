/// The state of the other end of a link, as far as its notes have stated it.
struct PeerState {
    enum Phase {
        /// The server at the other end has not sent its greeting.
        case greeting
        /// The other end has not announced its commands.
        case hello
        case ready
        case stopping
    }

    private static let maximumCommands = 4096

    private(set) var phase: Phase
    /// The commands that have been announced so far, until READY arrives.
    private var announcement: (name: String, specs: [CommandSpec])?
    /// The number of PINGs that were sent, and the number of those that have no answer yet.
    private var pings: (asked: UInt64, owed: Int) = (0, 0)
    /// The number of consecutive notes that were unknown.
    private var unknown = 0

    init(_ phase: Phase) {
        self.phase = phase
    }

    /// Notes that the other end has sent its greeting.
    mutating func greeted() { phase = .hello }

    /// Notes that a message arrived from the other end.
    mutating func heard() { unknown = 0 }

    /// Counts a new PING, and returns its number.
    mutating func ask() -> UInt64 {
        pings = (pings.asked + 1, pings.owed + 1)
        return pings.asked
    }

    /// Takes a note.
    ///
    /// - Returns: The event that the machine reports; nil if the note causes none.
    /// - Throws: A fault if the other end speaks another version, announces too many commands, or sends too many
    ///   unknown notes.
    mutating func take(_ note: LinkNote) throws(WireFault) -> UpstreamMachine.Event? {
        switch note {
        case .hello(LinkNote.version, let name) where phase == .ready || phase == .hello:
            // A server announces itself again when its commands have changed.
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
            // The number of the PONG does not matter. Any PONG shows that the other end is alive.
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
