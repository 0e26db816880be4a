import Wire

/// The match of a line's words with the parameters of a command, as a server would match them. The line may be
/// unfinished.
struct ParameterMatch {
    /// The index of the command's form to which the line's options belong.
    let form: Int
    /// The parameter of each word; nil for the verb, and for words without a parameter. All words of a message have
    /// the message parameter.
    let parameters: [ParameterSpec?]
    /// The index of the word with which the message begins.
    let messageIndex: Int?

    init(_ words: [TypedWord], of spec: CommandSpec) {
        let common = Self.match(words, spec.forms[0], spec)
        let keys = zip(words, common.parameters).compactMap { $1?.key }
        form = spec.forms.firstIndex { form in keys.allSatisfy { key in form.contains { $0.key == key } } } ?? 0
        (parameters, messageIndex) = form == 0 ? common : Self.match(words, spec.forms[form], spec)
    }

    private static func match(
        _ words: [TypedWord], _ form: [ParameterSpec], _ spec: CommandSpec
    ) -> (parameters: [ParameterSpec?], message: Int?) {
        var positional = form.filter { $0.key == nil }[...]
        var parameters: [ParameterSpec?] = words.isEmpty ? [] : [nil]
        for (index, word) in words.enumerated().dropFirst() {
            if let option = option(word, spec) {
                parameters.append(option)
            } else if let parameter = positional.popFirst() {
                guard !parameter.type.isMessage else {
                    parameters += Array(repeating: parameter, count: words.count - index)
                    return (parameters, index)
                }
                parameters.append(parameter)
            } else {
                parameters.append(nil)
            }
        }
        return (parameters, nil)
    }

    /// Returns the parameter of an option such as `TO=bob` in any form of the command, or nil if `word` is no option.
    static func option(_ word: TypedWord, _ spec: CommandSpec) -> ParameterSpec? {
        guard word.value.prefix(word.prefix).last == UInt8(ascii: "=") else { return nil }
        let key = String(decoding: word.value.prefix(word.prefix - 1), as: UTF8.self).uppercased()
        return spec.forms.joined().first { $0.key == key }
    }
}
