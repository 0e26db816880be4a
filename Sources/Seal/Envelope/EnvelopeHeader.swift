/// The header of an envelope, as ``Envelope`` describes it, read without trusting any of it. The envelope itself stays
/// where it is, and is given again to be opened.
package struct EnvelopeHeader: Sendable {
    struct Entry: Sendable {
        let addressee: Envelope.Addressee
        /// Where the wrapped message key stands in the envelope.
        let wrapped: Range<Int>
    }

    package let sender: String
    let entries: [Entry]
    /// Where the payload begins.
    let count: Int
    /// How many bytes the message has.
    package let messageCount: Int

    package var recipients: [Envelope.Addressee] { entries.map(\.addressee) }

    /// - Throws: ``SealError/malformed``, also if what follows the header is too short for a payload.
    package init(parsing envelope: RawSpan) throws(SealError) {
        self = try envelope.withUnsafeBytes { (bytes) throws(SealError) in try Self(Reader(rest: bytes[...])) }
    }

    private init(_ envelope: Reader<Slice<UnsafeRawBufferPointer>>) throws(SealError) {
        var reader = envelope
        guard try reader.take(5).elementsEqual(Self.front) else { throw .malformed }
        sender = try reader.name()
        let recipients = Int(try reader.integer(as: UInt16.self))
        // The shortest entry bounds how many there can be, before anything is allocated for them.
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

    /// Whether the bytes begin as an envelope in its binary form does.
    package static func begins(_ bytes: RawSpan) -> Bool {
        bytes.withUnsafeBytes { $0.starts(with: front) }
    }

    private static let front = Array("\(Envelope.magic)\0".utf8)

    /// Opens `sealed`, the envelope that this was read from, and writes the message to `output`, which is
    /// ``messageCount`` bytes, with the account key that `name` has in that `version`; what was written must be discarded
    /// after a throw.
    ///
    /// - Throws: ``SealError/notARecipient``, ``SealError/damaged``.
    package func open(
        _ sealed: RawSpan, as name: String, version: UInt32, key: EnvelopeKey,
        into output: UnsafeMutableRawBufferPointer
    ) throws(SealError) {
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
        try cipher.open(
            sealed.extracting(count...), under: messageKey, authenticating: Envelope.messageLabel,
            sealed.extracting(..<count), into: output)
    }
}

extension Reader<Slice<UnsafeRawBufferPointer>> {
    fileprivate mutating func range(_ count: Int) throws(SealError) -> Range<Int> {
        let bytes = try take(count)
        return bytes.startIndex..<bytes.endIndex
    }

    fileprivate mutating func name() throws(SealError) -> String {
        let bytes = UnsafeRawBufferPointer(rebasing: try take(Int(try integer(as: UInt8.self))))
        guard let text = try? UTF8Span(validating: Span(_unsafeBytes: bytes)) else { throw .malformed }
        let name = String(copying: text)
        guard Envelope.isWritable(name) else { throw .malformed }
        return name
    }
}
