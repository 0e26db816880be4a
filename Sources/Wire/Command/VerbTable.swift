/// A value for each of some verbs that a program declares. They are looked for with every request, and nobody outside
/// can choose which ones there are: so not a Dictionary, which takes several times as long to withstand that.
package struct VerbTable<Value> {
    private var verbs: [Verb?] = [nil]
    private var values: [Value?] = [nil]
    private var count = 0

    package init() {}

    /// The verbs are all different.
    package init(_ entries: some Sequence<(Verb, Value)>) {
        for (verb, value) in entries { self[verb] = value }
    }

    /// The place of the verb, or the free one where it would stand.
    private func place(of verb: Verb) -> Int {
        let mask = verbs.count - 1
        var place = verb.mixed & mask
        while let other = verbs[place], other != verb { place = (place + 1) & mask }
        return place
    }

    package subscript(verb: Verb) -> Value? {
        get { values[place(of: verb)] }
        set {
            precondition(newValue != nil, "a verb is never taken away")
            if (count + 1) * 2 > verbs.count { grow() }
            let place = place(of: verb)
            if verbs[place] == nil { count += 1 }
            (verbs[place], values[place]) = (verb, newValue)
        }
    }

    private mutating func grow() {
        let (oldVerbs, oldValues) = (verbs, values)
        verbs = Array(repeating: nil, count: oldVerbs.count * 2)
        values = Array(repeating: nil, count: verbs.count)
        for (verb, value) in zip(oldVerbs, oldValues) {
            guard let verb else { continue }
            let place = place(of: verb)
            (verbs[place], values[place]) = (verb, value)
        }
    }
}

extension VerbTable: Sendable where Value: Sendable {}
