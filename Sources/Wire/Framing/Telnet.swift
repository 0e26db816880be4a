/// Takes the telnet commands out of a line that a plain client sends by itself (RFC 854, RFC 860). Every option is declined.
///
/// A value that is given octet by octet, so that it cannot matter how the octets were cut into reads, and each of them is
/// looked at once.
struct Telnet {
    static let iac: UInt8 = 0xFF
    private static let subnegotiationEnd: UInt8 = 0xF0
    private static let areYouThere: UInt8 = 0xF6
    private static let subnegotiation: UInt8 = 0xFA
    private static let will: UInt8 = 0xFB
    private static let wont: UInt8 = 0xFC
    private static let doIt: UInt8 = 0xFD
    private static let dont: UInt8 = 0xFE
    private static let yes: StaticString = "[clavero: yes]\r\n"
    /// The octets of a subnegotiation, with its IAC SB and IAC SE. A longer one ends there.
    static let subnegotiationLimit = 512

    private enum State: UInt8 {
        /// The line has had no command so far.
        case clean
        /// The parser is between the commands of a line that has had one.
        case data
        /// The parser has read an IAC.
        case command
        /// The parser has read IAC and DO, WILL, or one that is not answered. The option comes next.
        case doOption
        case willOption
        case otherOption
        case subnegotiation
        /// The parser has read an IAC in a subnegotiation.
        case subnegotiationCommand
    }

    /// The outcome of reading an octet.
    enum Meaning {
        /// It belongs to the line.
        case data
        /// It belongs to the line, and so does the IAC before it.
        case dataAndIAC
        /// It is a part of a command.
        case command
    }

    private var state = State.clean
    /// The octets of the subnegotiation so far.
    private var count: UInt16 = 0

    /// Whether no command has been seen in the line.
    var isClean: Bool { state == .clean }
    /// Whether the next octet is a part of the line unless it is an IAC.
    var isBetweenCommands: Bool { state == .clean || state == .data }

    /// A line has ended.
    mutating func lineEnded() { state = .clean }

    /// Takes the octet that comes next. What it owes in answer is appended to `replies`.
    mutating func take(_ octet: UInt8, replies: inout [UInt8]) -> Meaning {
        switch state {
        case .clean, .data:
            guard octet == Self.iac else { return .data }
            state = .command
            return .command
        case .command:
            return takeCommand(octet, &replies)
        case .doOption, .willOption:
            replies.append(Self.iac)
            replies.append(state == .doOption ? Self.wont : Self.dont)
            replies.append(octet)
            state = .data
        case .otherOption:
            state = .data
        case .subnegotiation, .subnegotiationCommand:
            takeSubnegotiation(octet)
        }
        return .command
    }

    private mutating func takeCommand(_ octet: UInt8, _ replies: inout [UInt8]) -> Meaning {
        state = .data
        switch octet {
        case Self.iac: return .data
        case Self.areYouThere: Self.yes.withUTF8Buffer { replies += $0 }
        case Self.doIt: state = .doOption
        case Self.will: state = .willOption
        case Self.wont, Self.dont: state = .otherOption
        case Self.subnegotiation: (state, count) = (.subnegotiation, 2)
        // What is no command of telnet's is the sender's own octet.
        default: return octet >= Self.subnegotiationEnd ? .command : .dataAndIAC
        }
        return .command
    }

    private mutating func takeSubnegotiation(_ octet: UInt8) {
        count += 1
        let ends = state == .subnegotiationCommand && octet == Self.subnegotiationEnd
        if ends || count >= Self.subnegotiationLimit {
            state = .data
        } else {
            // A doubled IAC is data of the subnegotiation's.
            state = state == .subnegotiation && octet == Self.iac ? .subnegotiationCommand : .subnegotiation
        }
    }
}
