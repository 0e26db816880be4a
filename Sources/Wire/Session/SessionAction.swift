import NIOCore

extension SessionMachine {
    /// An action that the caller must take.
    package enum Action: Equatable {
        /// The caller must give the request to a responder, and pass its answer to `answered`.
        case respond(Ticket, Request)
        /// The first line has opened a link. The bytes after that line are for the link's machine. `id` is the number
        /// of the link in the names of its requests.
        case becomeLink(ByteBuffer, id: UInt32?)
        /// The caller must write the remaining output, add TLS to the connection, and call `tlsBegan`.
        case startTLS
        /// The caller must write the remaining output, and then close the connection.
        case close
    }
}
