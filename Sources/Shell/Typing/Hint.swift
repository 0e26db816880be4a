import Wire

/// What is still missing of a command's usage: the dim text behind the cursor.
enum Hint {
    /// The hint behind `line`, at whose end the cursor stands; empty where there is none.
    static func text(_ line: [UInt8], _ manifest: Manifest) -> String {
        let words = Words(line).all
        guard let last = words.last, !last.isOpen, let verb = Verb(words[0].value), let spec = manifest[verb]?.spec
        else {
            return ""
        }
        // Whoever asks what a command does is not told how to go on.
        guard !words.contains(where: { $0.value == [UInt8(ascii: "?")] }) else { return "" }
        let placement = Placement(words, of: spec)
        guard placement.message == nil, !placement.parameters.dropFirst().contains(where: { $0 == nil }) else {
            return ""
        }
        let rest = forms(of: spec, fitting: placement).map { missing(of: $0, placement) }
        // A form of which nothing is missing is a request.
        guard !rest.contains([]) else { return "" }
        let text = rest.map { $0.map(\.usage).joined(separator: " ") }.joined(separator: " | ")
        let isBehindSpace = line.last == UInt8(ascii: " ")
        return isBehindSpace ? text : " " + text
    }

    /// The forms that the line may still become.
    private static func forms(of spec: CommandSpec, fitting placement: Placement) -> [[ParameterSpec]] {
        let given = placement.parameters.compactMap { $0 }
        return spec.forms.filter { form in
            var places = form.filter { $0.key == nil }[...]
            return given.allSatisfy { parameter in
                parameter.key == nil ? places.popFirst() == parameter : form.contains(parameter)
            }
        }
    }

    private static func missing(of form: [ParameterSpec], _ placement: Placement) -> [ParameterSpec] {
        form.filter { !placement.parameters.contains($0) }
    }
}
