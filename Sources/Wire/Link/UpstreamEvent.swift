import NIOCore

extension UpstreamMachine {
    /// Something that came on a link.
    package enum Event: Equatable {
        /// The other end has said what it answers; requests may be sent from now on.
        case announced(name: String, [CommandSpec])
        case answered(Ticket, Answer)
        /// The other end wants no more requests; it answers those that it has.
        case stopping
        /// A plugin asks something of its host, on behalf of the lane: the payload of a request. `answer` answers it.
        case asked(lane: Lane, ByteBuffer)

        package static func == (left: Event, right: Event) -> Bool {
            switch (left, right) {
            case (.announced(let a, let x), .announced(let b, let y)):
                a == b && x.map(\.declaration) == y.map(\.declaration)
            case (.answered(let a, let x), .answered(let b, let y)): a == b && x == y
            case (.stopping, .stopping): true
            case (.asked(let a, let x), .asked(let b, let y)): a == b && x == y
            case (.announced, _), (.answered, _), (.stopping, _), (.asked, _): false
            }
        }
    }
}
