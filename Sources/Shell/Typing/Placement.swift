import Wire

/// Which parameter of a command each word of a line stands for, as a server would read it. The line may be unfinished.
struct Placement {
    /// The form of the command that the options so far belong to.
    let form: Int
    /// The parameter of each word, the verb being the first; nil for a word that nothing is declared for. All words of
    /// a message stand for the message.
    let parameters: [ParameterSpec?]
    /// Where the message begins, as an index of a word.
    let message: Int?

    init(_ words: [Words.Word], of spec: CommandSpec) {
        let common = Self.place(words, spec.forms[0], spec)
        let keys = zip(words, common.parameters).compactMap { $1?.key }
        form = spec.forms.firstIndex { form in keys.allSatisfy { key in form.contains { $0.key == key } } } ?? 0
        (parameters, message) = form == 0 ? common : Self.place(words, spec.forms[form], spec)
    }

    private static func place(
        _ words: [Words.Word], _ form: [ParameterSpec], _ spec: CommandSpec
    ) -> (parameters: [ParameterSpec?], message: Int?) {
        var places = form.filter { $0.key == nil }[...]
        var parameters: [ParameterSpec?] = words.isEmpty ? [] : [nil]
        for (index, word) in words.enumerated().dropFirst() {
            if let option = option(word, spec) {
                parameters.append(option)
            } else if let place = places.popFirst() {
                guard !place.type.isMessage else {
                    parameters += Array(repeating: place, count: words.count - index)
                    return (parameters, index)
                }
                parameters.append(place)
            } else {
                parameters.append(nil)
            }
        }
        return (parameters, nil)
    }

    /// The option that `word` gives, of whatever form.
    static func option(_ word: Words.Word, _ spec: CommandSpec) -> ParameterSpec? {
        guard word.value.prefix(word.prefix).last == UInt8(ascii: "=") else { return nil }
        let key = String(decoding: word.value.prefix(word.prefix - 1), as: UTF8.self).uppercased()
        return spec.forms.joined().first { $0.key == key }
    }
}
