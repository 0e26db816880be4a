import NIOCore

/// Requests that are given before their message has come.
extension Request {
    /// The request with its message, which was left empty, still to come; nil if it may not be given so: the responder
    /// does not take that, there is something to be asked for, or what is still to come is another argument.
    func passing(_ stream: BodyStream, as form: BodyForm) -> Request? {
        guard entry.passesBodies, bodyForm == form, missing == nil,
            let place = parameters.firstIndex(where: { $0.key == nil && $0.type.isMessage }),
            values[place]?.count == 0
        else { return nil }
        var request = self
        request.values[place] = nil
        request.rest = stream
        return request
    }

    /// Writes what is there of the request, up to its message: `message=150000` on its line, or `message=*` where the
    /// length is not known.
    func writeBeginning(of stream: BodyStream, into out: inout Outbox) {
        out.octets.writeString("\(spec.name) \(bodyForm.word)")
        var label = ""
        for (value, parameter) in zip(values, parameters) {
            if let value { out.octets.writeString(" \(parameter.label)=\(value.count)") }
            if value == nil, parameter.key == nil, parameter.type.isMessage { label = parameter.label }
        }
        out.octets.writeString(" \(label)=\(stream.count.map { "\($0)" } ?? "*")\r\n")
        for value in values { value?.write(into: &out) }
    }
}
