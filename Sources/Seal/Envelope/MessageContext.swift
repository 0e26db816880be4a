/// A word that is given when a message is sealed or gets a tag, and again when it is opened or checked. It is
/// authenticated, and is not kept anywhere in the result.
///
/// Contexts are compared by their bytes, so two spellings of the same text differ.
package struct MessageContext: Sendable, Equatable {
    /// 1 to 255 bytes of UTF-8 without control characters.
    package let bytes: [UInt8]

    /// Makes a context; nil if the bytes are not valid as one.
    package init?(_ bytes: [UInt8]) {
        guard 1...255 ~= bytes.count, let text = String(validating: bytes, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return nil }
        self.bytes = bytes
    }
}
