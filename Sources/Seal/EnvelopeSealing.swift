extension Envelope {
    /// Seals `message` for all of `recipients` in one envelope, in its binary form.
    ///
    /// - Throws: ``SealError/malformed`` unless there are 1 to 1024 recipients with keys of 32 bytes and all names are
    ///   1 to 255 bytes without NUL, or if the message is 2 GiB or more.
    package static func seal(
        _ message: RawSpan, from sender: String, to recipients: [Recipient]
    ) throws(SealError) -> [UInt8] {
        let messageKey = SecretBytes.random(count: XAES256GCM.keyCount)
        let header = try sealedHeader(messageKey, from: sender, to: recipients)
        let associated = messageData(header: header[...])
        let count = header.count + message.byteCount + XAES256GCM.overhead
        return try [UInt8](count: count) { (output) throws(SealError) in
            output.copyBytes(from: header)
            let payload = UnsafeMutableRawBufferPointer(rebasing: output[header.count...])
            try XAES256GCM.seal(message, key: messageKey, authenticating: associated.span.bytes, into: payload)
        }
    }

    /// How many bytes longer than its message an envelope is, in its binary form.
    package static func overhead(sender: String, recipients: [String]) -> Int {
        let fixed = magic.utf8CodeUnitCount + 1 + 1 + 2 + XAES256GCM.overhead
        return recipients.reduce(fixed + sender.utf8.count) { $0 + 1 + $1.utf8.count + 4 + wrappedCount }
    }

    private static func sealedHeader(
        _ messageKey: SecretBytes, from sender: String, to recipients: [Recipient]
    ) throws(SealError) -> [UInt8] {
        guard (1...recipientBound).contains(recipients.count) else { throw .malformed }
        var header: [UInt8] = []
        header.reserveCapacity(overhead(sender: sender, recipients: recipients.map(\.name)))
        header += "\(magic)".utf8 + [0]
        try append(name: sender, to: &header)
        header.append(bigEndian: UInt16(recipients.count))
        for recipient in recipients {
            try append(name: recipient.name, to: &header)
            header.append(bigEndian: recipient.version)
            header += try wrap(messageKey, from: sender, for: recipient)
        }
        return header
    }

    private static func wrap(
        _ messageKey: SecretBytes, from sender: String, for recipient: Recipient
    ) throws(SealError) -> [UInt8] {
        guard recipient.key.count == XAES256GCM.keyCount else { throw .malformed }
        let wrapping = try wrappingKey(recipient.key)
        let associated = wrapData(sender: sender, recipient: recipient.name, version: recipient.version)
        return try messageKey.withBytes { (bytes) throws(SealError) in
            try XAES256GCM.seal(bytes, key: wrapping, authenticating: associated.span.bytes)
        }
    }

    private static func append(name: String, to header: inout [UInt8]) throws(SealError) {
        guard isWritable(name) else { throw .malformed }
        header.append(UInt8(name.utf8.count))
        header += name.utf8
    }

    /// Whether `name` can stand in a header. A NUL could move the border between two names of the associated data.
    static func isWritable(_ name: String) -> Bool {
        (1...255).contains(name.utf8.count) && !name.utf8.contains(0)
    }
}
