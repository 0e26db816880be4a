import NIOCore

/// Writes requests to a link and reads them from it. Each value has its length before it, so the text that a client
/// sent is never parsed a second time.
///
///     request = verb SP form *(SP label "=" number) [SP label "=*"] CRLF *BYTE
///     form    = "line" / "text" / "literal"
///
/// The values follow the line in the order of their lengths, and fill the frame. A value of unknown length is the
/// last one, and takes the remaining bytes.
extension Request {
    /// The length of the written request in bytes.
    var messageSize: Int { headSize + size }

    /// Writes the request as one frame. The frame has the lane and the attributes of `header`.
    func write(_ header: FrameHeader, into out: inout Outbox) {
        var header = header
        let (headSize, attributes) = (headSize, header.attributes)
        header.length = headSize + size
        out.bytes.write(upTo: FrameHeader.room(for: attributes) + headSize) { writer in
            header.write(attributes, into: &writer)
            writeHead(into: &writer)
        }
        writeValues(into: &out)
    }

    /// Writes the payload of the request's frame.
    func writeMessage(into out: inout Outbox) {
        out.bytes.write(upTo: headSize) { writeHead(into: &$0) }
        writeValues(into: &out)
    }

    private func writeHead(into writer: inout BoundedWriter) {
        writer.write(spec.verb)
        writer.write(UInt8(ascii: " "))
        writer.write(bodyForm.word)
        for (index, parameter) in parameters.enumerated() {
            guard let value = values[index] else { continue }
            writer.write(UInt8(ascii: " "))
            writer.write(parameter.label)
            writer.write(UInt8(ascii: "="))
            writer.write(UInt64(value.count))
        }
        writer.writeLineEnd()
    }

    private func writeValues(into out: inout Outbox) {
        for value in values { value?.write(into: &out) }
    }

    private var headSize: Int {
        var size = spec.verb.count + bodyForm.word.utf8CodeUnitCount + 3
        for (index, parameter) in parameters.enumerated() {
            guard let value = values[index] else { continue }
            size += parameter.label.utf8.count + 2 + BoundedWriter.digits(of: UInt64(value.count))
        }
        return size
    }

    /// The maximum length in bytes of the line before the values.
    private static let longestHead = 4096

    /// Reads a request, and checks its arguments against the declaration of its command in `manifest`.
    ///
    /// - Throws: The error for the request. It concerns only the lane of the request.
    package static func read(_ payload: ByteBuffer, _ manifest: Manifest) throws(Failure) -> Request {
        let result = payload.withUnsafeReadableBytes { bytes in
            Result { () throws(Failure) in
                let end = bytes.offset(of: UInt8(ascii: "\n"), from: 0, before: min(bytes.count, longestHead))
                guard let end, end > 0, bytes[end - 1] == UInt8(ascii: "\r") else { throw .unreadable }
                var head = FieldReader(UnsafeRawBufferPointer(rebasing: bytes[..<(end - 1)]))
                guard let verb = head.verb(), head.take(UInt8(ascii: " ")), let bodyForm = head.bodyForm() else {
                    throw .unreadable
                }
                guard let entry = manifest[verb] else { throw .unknownVerb }
                var values = payload
                values.moveReaderIndex(forwardBy: end + 1)
                return try Request(entry, bodyForm, head, values)
            }
        }
        switch consume result {
        case .success(let request): return request
        case .failure(let failure): throw failure
        }
    }

    /// Reads the values of a request.
    ///
    /// - Parameters:
    ///   - lengths: The part of the line after the form of the body.
    ///   - bytes: The values.
    private init(
        _ entry: Manifest.Entry, _ bodyForm: BodyForm, _ lengths: FieldReader, _ bytes: ByteBuffer
    ) throws(Failure) {
        let (form, values) = try Self.form(of: entry.spec, lengths, bytes)
        self.init(entry: entry, form: form, values: values, bodyForm: bodyForm)
    }

    /// Returns the first of the command's forms that the values fit, and the values themselves.
    ///
    /// - Throws: The usage of the command if the values fit none of its forms.
    private static func form(
        of spec: CommandSpec, _ lengths: FieldReader, _ bytes: ByteBuffer
    ) throws(Failure) -> (Int, [ArgumentValue?]) {
        for form in spec.forms.indices {
            if let values = try values(lengths, bytes, spec.forms[form]) { return (form, values) }
        }
        throw .usage(spec.usage)
    }

    /// Returns the values for the parameters of one form. It is nil if a label is unknown or occurs twice, or if a
    /// required value is missing.
    private static func values(
        _ lengths: FieldReader, _ bytes: ByteBuffer, _ parameters: [ParameterSpec]
    ) throws(Failure) -> [ArgumentValue?]? {
        var (lengths, bytes) = (lengths, bytes)
        var values = noValues(for: parameters)
        while !lengths.isAtEnd {
            guard lengths.take(UInt8(ascii: " ")), case let label = lengths.word(until: UInt8(ascii: "=")),
                lengths.take(UInt8(ascii: "=")),
                let count = lengths.takeRest() ? UInt64(bytes.readableBytes) : lengths.number(),
                count <= UInt64(Int32.max)
            else { throw .unreadable }
            guard let index = parameters.firstIndex(where: { $0.label.utf8.elementsEqual(label) }),
                values[index] == nil
            else { return nil }
            guard let value = bytes.readSlice(length: Int(count)) else { throw .unreadable }
            values[index] = try ArgumentValue(value, as: parameters[index].type)
        }
        guard bytes.readableBytes == 0 else { throw .unreadable }
        for index in parameters.indices where values[index] == nil && parameters[index].isRequired { return nil }
        return values
    }
}

extension Failure {
    /// The error for a request that does not follow the grammar of the link. A client sees it only if its proxy has a
    /// fault.
    static let unreadable = Failure(500, "5.5.2", "A request on a link cannot be read")
}

extension FieldReader {
    /// Takes the form of a body.
    ///
    /// - Returns: nil if no such form follows.
    fileprivate mutating func bodyForm() -> BodyForm? {
        if take(BodyForm.line.word) { return .line }
        if take(BodyForm.text.word) { return .text }
        return take(BodyForm.literal.word) ? .literal : nil
    }

    /// Takes the `*` of a value that has the remaining bytes of the message, if it is the last one on the line.
    fileprivate mutating func takeRest() -> Bool {
        var rest = self
        guard rest.take(UInt8(ascii: "*")), rest.isAtEnd else { return false }
        self = rest
        return true
    }
}
