import NIOCore

/// Passes requests to a responder before their messages have arrived.
extension Request {
    /// Reads the request that `frame` and its announced literal make. The literal may still be arriving.
    ///
    /// - Returns: nil if the literal is not long, or if the request cannot be passed before the literal has arrived.
    init?(passing frame: RequestLine, _ mark: LiteralMark, _ entry: Manifest.Entry, words: Int) {
        guard entry.passesBodies, mark.count > LaneSender.share,
            let request = try? Request(frame.withEmptyLiteral, for: entry, words: words),
            let passing = request.passing(BodyStream(count: mark.count), as: .literal)
        else { return nil }
        self = passing
    }

    /// Returns the request with the text `stream` as the argument with the index `index`, which is missing.
    ///
    /// - Returns: nil under the conditions of `passing(_:as:)`.
    func passing(text stream: BodyStream, at index: Int) -> Request? {
        var request = self
        (request.values[index], request.bodyForm) = (.bytes(ByteBuffer()), .text)
        return request.passing(stream, as: .text)
    }

    /// Returns the request with `stream` as its message, which must be empty in this request.
    ///
    /// - Returns: nil if the responder does not take messages that are still arriving, if an argument is missing and
    ///   the session must ask for it, or if the empty argument is not the message.
    private func passing(_ stream: BodyStream, as form: BodyForm) -> Request? {
        guard entry.passesBodies, bodyForm == form, missing == nil,
            let index = parameters.firstIndex(where: { $0.key == nil && $0.type.isMessage }),
            values[index]?.count == 0
        else { return nil }
        var request = self
        request.values[index] = nil
        request.rest = stream
        return request
    }

    /// Writes the request's line and the values that precede its message. The line has `message=150000`, or
    /// `message=*` if the length is not known.
    func writeBeginning(of stream: BodyStream, into out: inout Outbox) {
        out.bytes.writeString("\(spec.name) \(bodyForm.word)")
        var label = ""
        for (value, parameter) in zip(values, parameters) {
            if let value { out.bytes.writeString(" \(parameter.label)=\(value.count)") }
            if value == nil, parameter.key == nil, parameter.type.isMessage { label = parameter.label }
        }
        out.bytes.writeString(" \(label)=\(stream.count.map { "\($0)" } ?? "*")\r\n")
        for value in values { value?.write(into: &out) }
    }
}
