/// A hash table with verbs as keys. It is read at every request. The program declares all verbs, and clients cannot
/// add any. It therefore needs no protection against chosen keys, which makes a Dictionary several times slower.
package struct VerbTable<Value> {
    private var verbs: [Verb?] = [nil]
    private var values: [Value?] = [nil]
    private var count = 0

    package init() {}

    /// Makes a table of the given entries. If a verb occurs twice, its last value counts.
    package init(_ entries: some Sequence<(Verb, Value)>) {
        for (verb, value) in entries { self[verb] = value }
    }

    /// Returns the index of the verb in the table, or the index of the free slot where it belongs.
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
