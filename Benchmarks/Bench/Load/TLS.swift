import COpenSSLTLS
import Glibc

/// TLS 1.3 for clients, with one context for all connections of a load. It does not verify the server.
final class TLSClient: @unchecked Sendable {
    private let context: OpaquePointer

    init() throws(LoadError) {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw LoadError("OpenSSL has no TLS") }
        self.context = context
        clavero_require_tls13(context)
        clavero_write_in_parts(context)
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
    }

    deinit { SSL_CTX_free(context) }

    /// Returns a TLS session on a connected socket, before its handshake.
    func session(on descriptor: Int32) throws(LoadError) -> OpaquePointer {
        guard let session = SSL_new(context), SSL_set_fd(session, descriptor) == 1 else {
            throw LoadError("no TLS session")
        }
        SSL_set_connect_state(session)
        return session
    }
}

/// A socket, with or without TLS. The owner must close it.
struct Channel {
    let descriptor: Int32
    let tls: OpaquePointer?

    /// The outcome of a read or a write.
    enum Outcome {
        case bytes(Int)
        /// No byte can be read or written now.
        case wouldBlock
        case closed
    }

    func read(into room: UnsafeMutableRawBufferPointer) -> Outcome {
        guard let tls else { return outcome(recv(descriptor, room.baseAddress, room.count, 0)) }
        return outcome(SSL_read(tls, room.baseAddress, Int32(clamping: room.count)), of: tls)
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        guard let tls else {
            return outcome(send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)))
        }
        return outcome(SSL_write(tls, bytes.baseAddress, Int32(clamping: bytes.count)), of: tls)
    }

    /// Continues the handshake. The result `bytes(0)` means that it is complete.
    func shakeHands() -> Outcome {
        guard let tls else { return .bytes(0) }
        ERR_clear_error()
        let result = SSL_do_handshake(tls)
        return result == 1 ? .bytes(0) : outcome(result, of: tls)
    }

    /// Whether TLS has bytes that no event will report.
    var hasPending: Bool { tls.map { SSL_pending($0) > 0 } ?? false }

    /// Closes the socket without ending TLS, because the load is over.
    func close() {
        if let tls { SSL_free(tls) }
        Glibc.close(descriptor)
    }

    private func outcome(_ count: Int) -> Outcome {
        if count > 0 { return .bytes(count) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .wouldBlock : .closed
    }

    private func outcome(_ result: Int32, of tls: OpaquePointer) -> Outcome {
        if result > 0 { return .bytes(Int(result)) }
        let error = SSL_get_error(tls, result)
        ERR_clear_error()
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? .wouldBlock : .closed
    }
}
