import Secrets

/// The header of an envelope, in the format of ``Envelope``. None of it is trusted. The envelope's bytes are not kept
/// here, and are given again to open it.
package struct EnvelopeHeader: Sendable {
    struct Entry: Sendable {
        let addressee: Envelope.Addressee
        /// The range of the wrapped message key in the envelope.
        let wrapped: Range<Int>
    }

    package let sender: String
    /// Whether the message was sealed with a context, which is needed to open it.
    package let hasContext: Bool
    let entries: [Entry]
    /// The length of the header. The payload begins there.
    let count: Int
    /// The number of bytes of the message.
    package let messageCount: Int

    package var recipients: [Envelope.Addressee] { entries.map(\.addressee) }

    /// Reads the header of an envelope.
    ///
    /// - Throws: ``SealError/malformed``, also if the bytes after the header are too few for a payload.
    package init(parsing envelope: RawSpan) throws(SealError) {
        self = try envelope.withUnsafeBytes { (bytes) throws(SealError) in try Self(ByteReader(rest: bytes[...])) }
    }

    private init(_ envelope: ByteReader<Slice<UnsafeRawBufferPointer>>) throws(SealError) {
        var reader = envelope
        guard try reader.take(4).elementsEqual(Self.magic) else { throw .malformed }
        let flags = try reader.integer(as: UInt8.self)
        guard flags & ~Envelope.contextFlag == 0 else { throw .malformed }
        hasContext = flags & Envelope.contextFlag != 0
        sender = try reader.name()
        let recipients = Int(try reader.integer(as: UInt16.self))
        // The shortest entry limits the number of entries, before memory is allocated for them.
        let shortest = 1 + 1 + 4 + Envelope.wrappedCount
        guard (1...Envelope.recipientBound).contains(recipients), recipients * shortest <= reader.rest.count else {
            throw .malformed
        }
        var entries: [Entry] = []
        entries.reserveCapacity(recipients)
        for _ in 0..<recipients {
            let addressee = Envelope.Addressee(name: try reader.name(), version: try reader.integer(as: UInt32.self))
            entries.append(Entry(addressee: addressee, wrapped: try reader.range(Envelope.wrappedCount)))
        }
        guard reader.rest.count >= XAES256GCM.overhead else { throw .malformed }
        self.entries = entries
        count = reader.rest.startIndex
        messageCount = reader.rest.count - XAES256GCM.overhead
    }

    /// Returns whether the bytes begin like an envelope in its binary form.
    package static func begins(_ bytes: RawSpan) -> Bool {
        bytes.withUnsafeBytes { bytes in
            bytes.count > magic.count && bytes.starts(with: magic) && bytes[magic.count] & ~Envelope.contextFlag == 0
        }
    }

    private static let magic = Array("\(Envelope.magic)".utf8)

    /// Opens `sealed`, the envelope that this header was read from, with the account key that `name` has in that
    /// `version`. It writes the message to `output`, which has ``messageCount`` bytes. After a throw, the caller must
    /// discard the written bytes.
    ///
    /// - Parameter context: the context that the message was sealed with; nil if ``hasContext`` is false.
    /// - Throws: ``SealError/notARecipient``, ``SealError/damaged``.
    package func open(
        _ sealed: RawSpan, as name: String, version: UInt32, key: EnvelopeKey, context: MessageContext? = nil,
        into output: UnsafeMutableRawBufferPointer
    ) throws(SealError) {
        guard hasContext == (context != nil) else { throw .damaged }
        precondition(output.count == messageCount)
        guard let entry = entries.first(where: { $0.addressee.isNamed(name, version) }) else { throw .notARecipient }
        guard sealed.byteCount == count + XAES256GCM.overhead + messageCount else { throw .damaged }
        let cipher = try XAES256GCM(encrypting: false)
        let messageKey = try withTemporarySecret(count: XAES256GCM.keyCount) { (bytes) throws(SealError) in
            try Envelope.withWrapData(sender: sender, recipient: name, version: version) {
                (associated) throws(SealError) in
                try cipher.open(sealed.extracting(entry.wrapped), under: key.wrapping, associated, into: bytes)
            }
            return try XAESKey(bytes.bytes)
        }
        try Envelope.withMessageData(header: sealed.extracting(..<count), context: context) {
            (associated) throws(SealError) in
            try cipher.open(sealed.extracting(count...), under: messageKey, associated, into: output)
        }
    }
}

extension ByteReader<Slice<UnsafeRawBufferPointer>> {
    fileprivate mutating func range(_ count: Int) throws(SealError) -> Range<Int> {
        let bytes = try take(count)
        return bytes.startIndex..<bytes.endIndex
    }

    fileprivate mutating func name() throws(SealError) -> String {
        let bytes = UnsafeRawBufferPointer(rebasing: try take(Int(try integer(as: UInt8.self))))
        guard let text = try? UTF8Span(validating: Span(_unsafeBytes: bytes)) else { throw .malformed }
        guard Envelope.isWritable(text.span) else { throw .malformed }
        return String(copying: text)
    }
}
