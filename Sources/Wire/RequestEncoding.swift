import NIOCore

extension Request {
    /// Writes the request as one line of a link. Whatever is not a plain atom goes as a literal, with its length, so
    /// nothing that a client sent is ever read a second time for its meaning.
    package func write(lane: UInt64, into out: inout Outbox) {
        out.octets.writeLane(lane)
        out.octets.writeString(spec.name)
        for (value, parameter) in zip(values, parameters) where parameter.key != nil {
            guard let value else { continue }
            out.octets.writeInteger(UInt8(ascii: " "))
            out.octets.writeString(parameter.key!)
            out.octets.writeInteger(UInt8(ascii: "="))
            Self.write(value, asAtom: parameter.type.isShort, into: &out)
        }
        for (value, parameter) in zip(values, parameters) where parameter.key == nil {
            guard let value else { continue }
            out.octets.writeInteger(UInt8(ascii: " "))
            Self.write(value, asAtom: parameter.type.isShort, into: &out)
        }
        out.octets.writeStaticString("\r\n")
    }

    private static func write(_ value: ByteBuffer, asAtom: Bool, into out: inout Outbox) {
        if asAtom, value.readableBytes > 0, value.withUnsafeReadableBytes({ $0.allSatisfy(isAtomOctet) }) {
            out.octets.writeImmutableBuffer(value)
        } else {
            out.octets.writeInteger(UInt8(ascii: "{"))
            out.octets.writeDecimal(UInt64(value.readableBytes))
            out.octets.writeStaticString("+}\r\n")
            out.write(body: value)
        }
    }

    /// Letters, digits and the few marks that names and signatures have: nothing that any rule of the grammar uses.
    private static func isAtomOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: ","):
            true
        default: false
        }
    }
}

extension ParameterType {
    fileprivate var isShort: Bool { self == .word || self == .name || self == .names }
}
