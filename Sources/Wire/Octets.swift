import NIOCore

extension ByteBuffer {
    /// Appends `octets`, or takes their place when there is nothing to append to, which copies nothing.
    mutating func writeOrTake(_ octets: inout ByteBuffer) {
        if readableBytes == 0 { self = octets } else { writeBuffer(&octets) }
    }

    /// Whether the readable octets are UTF-8.
    var isUTF8: Bool {
        let isASCII = withUnsafeReadableBytes { $0.allSatisfy { $0 < 0x80 } }
        return isASCII || String(validating: readableBytesView, as: UTF8.self) != nil
    }

    /// Why the octets cannot stand on a line, if they cannot.
    var lineFailure: Failure? {
        let (hasNUL, hasCR, isASCII) = withUnsafeReadableBytes { octets in
            var seen: (nul: Bool, cr: Bool, high: UInt8) = (false, false, 0)
            for octet in octets {
                seen.nul = seen.nul || octet == 0
                seen.cr = seen.cr || octet == UInt8(ascii: "\r")
                seen.high |= octet
            }
            return (seen.nul, seen.cr, seen.high < 0x80)
        }
        if hasNUL { return .nulInLine }
        if hasCR { return .bareCR }
        return isASCII || isUTF8 ? nil : .notUTF8
    }
}
