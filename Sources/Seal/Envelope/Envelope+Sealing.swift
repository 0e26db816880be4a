import Secrets

extension Envelope {
    /// Seals `message` for all `recipients` in one envelope, in its binary form. With a context, only a reader that
    /// gives the same context can open it.
    ///
    /// - Throws: ``SealError/malformed`` unless there are 1 to 1024 recipients and all names are 1 to 255 bytes without
    ///   NUL, or if the message is 2 GiB or more.
    package static func seal(
        _ message: RawSpan, from sender: String, to recipients: [Recipient], context: MessageContext? = nil
    ) throws(SealError) -> [UInt8] {
        let count = sealedCount(of: message.byteCount, from: sender, to: recipients)
        return try [UInt8](count: count) { (output) throws(SealError) in
            try seal(message, from: sender, to: recipients, context: context, into: output)
        }
    }

    /// Seals `message` into the caller's memory of ``sealedCount(of:from:to:)`` bytes. After a throw, the caller must
    /// discard the written bytes.
    package static func seal(
        _ message: RawSpan, from sender: String, to recipients: [Recipient], context: MessageContext? = nil,
        into output: UnsafeMutableRawBufferPointer
    ) throws(SealError) {
        precondition(output.count == sealedCount(of: message.byteCount, from: sender, to: recipients))
        guard (1...recipientBound).contains(recipients.count) else { throw .malformed }
        // The message key and all nonces are drawn in one call, because a call of the generator costs more than the
        // bytes.
        let count = XAES256GCM.keyCount + (recipients.count + 1) * XAES256GCM.nonceCount
        try withTemporarySecret(count: count) { (random) throws(SealError) in
            Random.fill(random)
            let key = UnsafeRawBufferPointer(rebasing: random[..<XAES256GCM.keyCount])
            let nonces = UnsafeRawBufferPointer(rebasing: random[XAES256GCM.keyCount...])
            try seal(
                message, from: sender, to: recipients, context: context, messageKey: key.bytes, nonces: nonces.bytes,
                into: output)
        }
    }

    /// Returns the length of the envelope of a message of `count` bytes, in its binary form.
    package static func sealedCount(of count: Int, from sender: String, to recipients: [Recipient]) -> Int {
        recipients.reduce(overhead(sender: sender) + count) { $0 + entryCount($1.name) }
    }

    /// Returns the number of bytes by which an envelope is longer than its message, in its binary form.
    package static func overhead(sender: String, recipients: [String]) -> Int {
        recipients.reduce(overhead(sender: sender)) { $0 + entryCount($1) }
    }

    private static func overhead(sender: String) -> Int {
        magic.utf8CodeUnitCount + 1 + 1 + sender.utf8.count + 2 + XAES256GCM.overhead
    }

    private static func entryCount(_ name: String) -> Int { 1 + name.utf8.count + 4 + wrappedCount }

    private static func seal(
        _ message: RawSpan, from sender: String, to recipients: [Recipient], context: MessageContext?,
        messageKey: RawSpan, nonces: RawSpan, into output: UnsafeMutableRawBufferPointer
    ) throws(SealError) {
        let cipher = try XAES256GCM(encrypting: true)
        var nonces = nonces
        var writer = ByteWriter(rest: output)
        writer.put(magic)
        writer.put(bigEndian: context == nil ? 0 : contextFlag)
        try put(name: sender, to: &writer)
        writer.put(bigEndian: UInt16(recipients.count))
        for recipient in recipients {
            try put(name: recipient.name, to: &writer)
            writer.put(bigEndian: recipient.version)
            let (nonce, wrapped) = (nonces.extracting(first: XAES256GCM.nonceCount), writer.take(wrappedCount))
            try withWrapData(sender: sender, recipient: recipient.name, version: recipient.version) {
                (associated) throws(SealError) in
                try cipher.seal(messageKey, under: recipient.key.wrapping, nonce: nonce, associated, into: wrapped)
            }
            nonces = nonces.extracting(droppingFirst: XAES256GCM.nonceCount)
        }
        let header = UnsafeRawBufferPointer(rebasing: output[..<(output.count - writer.rest.count)])
        try withMessageData(header: header.bytes, context: context) { (associated) throws(SealError) in
            try cipher.seal(message, under: XAESKey(messageKey), nonce: nonces, associated, into: writer.rest)
        }
    }

    private static func put(name: String, to writer: inout ByteWriter) throws(SealError) {
        let bytes = name.utf8Span.span
        guard isWritable(bytes) else { throw .malformed }
        writer.put(bigEndian: UInt8(bytes.count))
        writer.put(bytes.bytes)
    }

    /// Returns whether `name` is valid in a header. It must not contain NUL, which separates the names in associated
    /// data.
    static func isWritable(_ name: Span<UInt8>) -> Bool {
        guard 1...255 ~= name.count else { return false }
        for place in name.indices where name[place] == 0 { return false }
        return true
    }
}
