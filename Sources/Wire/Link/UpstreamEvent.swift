import NIOCore

extension UpstreamMachine {
    /// An event that was received on a link.
    package enum Event: Equatable {
        /// The other end has announced its commands. Requests may be sent from now on.
        case announced(name: String, [CommandSpec])
        case answered(Ticket, Answer)
        /// The other end takes no more requests. It still answers the requests that it has received.
        case stopping
        /// A plugin sends a request to its host on behalf of the lane. The value is the payload of the request. The
        /// host replies with `answer`.
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
