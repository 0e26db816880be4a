import NIOCore
import Wire

/// The origin of a request. It answers the server's questions about the request, and takes the body of the reply.
protocol RequestDelegate: AnyObject {
    /// Returns the line that answers a 334 reply.
    func secret(for prompt: Reply) throws(ExitError) -> ByteBuffer
    /// Whether the request lacks a message or announces a literal, so that the server may ask for it.
    var mayBeAskedForMessage: Bool { get }
    /// Sends the message that a 354 reply asks for.
    func sendMessage(for prompt: Reply) throws(ExitError)
    /// Takes the next part of the body that follows `head`. Parts are passed on as they arrive.
    func take(_ part: ByteBuffer, of head: ReplyHead) throws(ExitError)
}
