/// The header of an envelope, as ``Envelope`` describes it, read without trusting any of it.
struct EnvelopeHeader: Sendable {
    struct Entry: Sendable {
        let addressee: Envelope.Addressee
        /// Where the wrapped message key stands in the envelope.
        let wrapped: Range<Int>
    }

    let sender: String
    let entries: [Entry]
    /// Where the payload begins.
    let count: Int

    /// - Throws: ``SealError/malformed``, also if what follows the header is too short for a payload.
    init(parsing envelope: [UInt8]) throws(SealError) {
        var reader = Reader(rest: envelope[...])
        guard try reader.take(5).elementsEqual("\(Envelope.magic)\0".utf8) else { throw .malformed }
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
            entries.append(Entry(addressee: addressee, wrapped: try reader.take(Envelope.wrappedCount).indices))
        }
        guard reader.rest.count >= XAES256GCM.overhead else { throw .malformed }
        self.entries = entries
        count = reader.rest.startIndex
    }
}

extension Reader {
    fileprivate mutating func name() throws(SealError) -> String {
        let bytes = try take(Int(try integer(as: UInt8.self)))
        guard let name = String(validating: bytes, as: UTF8.self), Envelope.isWritable(name) else { throw .malformed }
        return name
    }
}
