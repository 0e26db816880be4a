/// Removes telnet commands from the lines of an unencrypted session (RFC 854, RFC 860). Telnet clients send such
/// commands on their own. Every option is declined.
///
/// The parser takes one byte at a time. The sizes of the reads therefore do not affect it, and it examines each byte
/// once.
struct TelnetFilter {
    static let iac: UInt8 = 0xFF
    private static let subnegotiationEnd: UInt8 = 0xF0
    private static let areYouThere: UInt8 = 0xF6
    private static let subnegotiation: UInt8 = 0xFA
    private static let will: UInt8 = 0xFB
    private static let wont: UInt8 = 0xFC
    private static let doIt: UInt8 = 0xFD
    private static let dont: UInt8 = 0xFE
    private static let yes: StaticString = "[clavero: yes]\r\n"
    /// The maximum length of a subnegotiation in bytes, including IAC SB and IAC SE. A longer one is cut off there.
    static let subnegotiationLimit = 512

    private enum State: UInt8 {
        /// The line has contained no command yet.
        case clean
        /// The line has contained a command, and the parser is between commands.
        case data
        /// The parser has read an IAC.
        case command
        /// The parser has read IAC and then DO, WILL, or a command that needs no reply. The option comes next.
        case doOption
        case willOption
        case otherOption
        case subnegotiation
        /// The parser has read an IAC in a subnegotiation.
        case subnegotiationCommand
    }

    /// The meaning of one byte.
    enum Meaning {
        /// The byte belongs to the line.
        case data
        /// The byte and the IAC before it belong to the line.
        case dataAndIAC
        /// The byte is a part of a command.
        case command
    }

    private var state = State.clean
    /// The number of bytes of the subnegotiation that were read.
    private var count: UInt16 = 0

    /// Whether the line has contained no command yet.
    var isClean: Bool { state == .clean }
    /// Whether the next byte belongs to the line unless it is an IAC.
    var isBetweenCommands: Bool { state == .clean || state == .data }

    /// Prepares for the next line.
    mutating func lineEnded() { state = .clean }

    /// Reads the next byte. A reply that the command requires is appended to `replies`.
    mutating func take(_ byte: UInt8, replies: inout [UInt8]) -> Meaning {
        switch state {
        case .clean, .data:
            guard byte == Self.iac else { return .data }
            state = .command
            return .command
        case .command:
            return takeCommand(byte, &replies)
        case .doOption, .willOption:
            replies.append(Self.iac)
            replies.append(state == .doOption ? Self.wont : Self.dont)
            replies.append(byte)
            state = .data
        case .otherOption:
            state = .data
        case .subnegotiation, .subnegotiationCommand:
            takeSubnegotiation(byte)
        }
        return .command
    }

    private mutating func takeCommand(_ byte: UInt8, _ replies: inout [UInt8]) -> Meaning {
        state = .data
        switch byte {
        case Self.iac: return .data
        case Self.areYouThere: Self.yes.withUTF8Buffer { replies += $0 }
        case Self.doIt: state = .doOption
        case Self.will: state = .willOption
        case Self.wont, Self.dont: state = .otherOption
        case Self.subnegotiation: (state, count) = (.subnegotiation, 2)
        // A byte after IAC that is not a telnet command belongs to the line, and the IAC does too.
        default: return byte >= Self.subnegotiationEnd ? .command : .dataAndIAC
        }
        return .command
    }

    private mutating func takeSubnegotiation(_ byte: UInt8) {
        count += 1
        let ends = state == .subnegotiationCommand && byte == Self.subnegotiationEnd
        if ends || count >= Self.subnegotiationLimit {
            state = .data
        } else {
            // A doubled IAC is a data byte of the subnegotiation.
            state = state == .subnegotiation && byte == Self.iac ? .subnegotiationCommand : .subnegotiation
        }
    }
}
