/// Recognises messages that SSH programs could mistake for their own.
enum SSHMessage {
    /// The type of the message that is signed to log in to an SSH server (RFC 4252 section 7).
    private static let userAuthRequest: UInt8 = 50

    /// Returns whether `bytes` begin like one of these:
    ///
    ///     "SSHSIG"                                         a signature of ssh-keygen -Y (PROTOCOL.sshsig)
    ///     "SSHKRL" LF NUL                                  a list of revoked keys (PROTOCOL.krl)
    ///     string(session) 50 string string string(method)  a log-in: to "ssh-connection", or by "publickey", "hostbased"
    ///                                                      and what begins with these
    ///     string("...-cert...")                            a certificate (PROTOCOL.certkeys)
    ///
    /// Usually the first byte is enough to tell other messages apart.
    static func isBegun(by bytes: UnsafeRawBufferPointer) -> Bool {
        switch bytes.first {
        case UInt8(ascii: "S"): bytes.starts(with: "SSHSIG".utf8) || bytes.starts(with: "SSHKRL\n\0".utf8)
        case 0: isBinary(bytes)
        default: false
        }
    }

    /// The strings are shorter than 16 MiB, so each begins with a zero.
    private static func isBinary(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes[...]
        guard let first = takeString(&rest) else { return false }
        if first.count <= 64, String(decoding: first, as: UTF8.self).contains("-cert") { return true }
        guard rest.popFirst() == userAuthRequest, takeString(&rest) != nil, let service = takeString(&rest),
            let method = takeString(&rest)
        else { return false }
        return service.elementsEqual("ssh-connection".utf8) || method.starts(with: "publickey".utf8)
            || method.starts(with: "hostbased".utf8)
    }

    private static func takeString(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer>? {
        guard rest.count >= 4 else { return nil }
        let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard count <= rest.count - 4 else { return nil }
        defer { rest = rest.dropFirst(4 + count) }
        return rest.dropFirst(4).prefix(count)
    }
}
