import NIOCore
import Wire

/// The message of a request that is typed on one line.
struct InlineMessage: Equatable {
    /// The line before the message.
    let request: [UInt8]
    /// The message, without its quotation marks.
    let value: [UInt8]
    /// The words of the message; one if it is quoted.
    let words: [TypedWord]

    /// Returns nil if the line has no message.
    init?(_ line: [UInt8], for spec: CommandSpec) {
        let words = TypedWord.split(line)
        guard let index = ParameterMatch(words, of: spec).messageIndex else { return nil }
        let first = words[index]
        let isQuoted = first.isQuoted && index == words.count - 1
        request = line[..<first.range.lowerBound].trimmingTrailingSpaces
        value = isQuoted ? first.value : Array(line[first.range.lowerBound...])
        self.words = Array(words[index...])
    }

    /// Returns whether a line has no message although the command takes one. A command that the client does not know may
    /// take one.
    static func isMissing(in line: [UInt8], for spec: CommandSpec?) -> Bool {
        guard let spec else { return true }
        let form = spec.forms[ParameterMatch(TypedWord.split(line), of: spec).form]
        return form.contains { $0.type.isMessage } && InlineMessage(line, for: spec) == nil
    }

    /// The request with its message as a literal and with its line end. The server then returns its answer as a literal
    /// too, byte for byte.
    var literalRequest: ByteBuffer {
        var bytes = ByteBuffer(bytes: request)
        bytes.writeString(" {\(value.count)+}\r\n")
        bytes.writeBytes(value)
        bytes.writeStaticString("\r\n")
        return bytes
    }
}

extension Collection<UInt8> {
    /// The bytes without the spaces at their end.
    var trimmingTrailingSpaces: [UInt8] {
        var bytes = Array(self)
        while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
        return bytes
    }
}
