import NIOCore

extension Request {
    /// Writes the request as one line of a link. Whatever is not a plain atom goes as a literal, with its length, so
    /// nothing that a client sent is ever read a second time for its meaning.
    package func write(lane: UInt64, into out: inout Outbox) {
        out.octets.write(upTo: Pen.longestNumber + 2 + spec.name.utf8.count) { pen in
            pen.write(lane: lane)
            pen.write(spec.name)
        }
        for (value, parameter) in zip(values, parameters) where parameter.key != nil {
            if let value { Self.write(value, of: parameter, into: &out) }
        }
        for (value, parameter) in zip(values, parameters) where parameter.key == nil {
            if let value { Self.write(value, of: parameter, into: &out) }
        }
        out.octets.writeLineEnd()
    }

    /// Octets of an argument that goes as an atom at most, so that the line stays below its limit.
    private static let longestAtom = 1024

    private static func write(_ value: ByteBuffer, of parameter: ParameterSpec, into out: inout Outbox) {
        let isAtom =
            parameter.type.isShort && 1...longestAtom ~= value.readableBytes
            && value.withUnsafeReadableBytes { $0.allSatisfy(LinkFields.isAtomOctet) }
        let key = parameter.key ?? ""
        out.octets.write(upTo: key.utf8.count + Pen.longestNumber + 6 + (isAtom ? value.readableBytes : 0)) { pen in
            pen.write(UInt8(ascii: " "))
            if !key.isEmpty {
                pen.write(key)
                pen.write(UInt8(ascii: "="))
            }
            if isAtom { return pen.write(value) }
            pen.write(UInt8(ascii: "{"))
            pen.write(UInt64(value.readableBytes))
            pen.write("+}")
            pen.writeLineEnd()
        }
        if !isAtom { out.write(body: value) }
    }
}

extension ParameterType {
    fileprivate var isShort: Bool { self == .word || self == .name || self == .names }
}
