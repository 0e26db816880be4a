import Wire

/// The hint that shows the missing parameters of a command, as dim text after the cursor.
enum UsageHint {
    /// Returns the hint for a line with the cursor at its end, or an empty text if there is no hint.
    static func text(_ line: [UInt8], _ manifest: Manifest) -> String {
        let words = TypedWord.split(line)
        guard let last = words.last, !last.isOpen, let verb = Verb(words[0].value), let spec = manifest[verb]?.spec
        else {
            return ""
        }
        // The line asks for help on a command.
        guard !words.contains(where: { $0.value == [UInt8(ascii: "?")] }) else { return "" }
        let match = ParameterMatch(words, of: spec)
        guard match.messageIndex == nil, !match.parameters.dropFirst().contains(where: { $0 == nil }) else {
            return ""
        }
        let rest = forms(of: spec, fitting: match).map { missing(of: $0, match) }
        // A form without missing parameters makes the line complete.
        guard !rest.contains([]) else { return "" }
        let text = rest.map { $0.map(\.usage).joined(separator: " ") }.joined(separator: " | ")
        let endsInSpace = line.last == UInt8(ascii: " ")
        return endsInSpace ? text : " " + text
    }

    /// Returns the forms that agree with the arguments so far.
    private static func forms(of spec: CommandSpec, fitting match: ParameterMatch) -> [[ParameterSpec]] {
        let given = match.parameters.compactMap { $0 }
        return spec.forms.filter { form in
            var positional = form.filter { $0.key == nil }[...]
            return given.allSatisfy { parameter in
                parameter.key == nil ? positional.popFirst() == parameter : form.contains(parameter)
            }
        }
    }

    private static func missing(of form: [ParameterSpec], _ match: ParameterMatch) -> [ParameterSpec] {
        form.filter { !match.parameters.contains($0) }
    }
}
