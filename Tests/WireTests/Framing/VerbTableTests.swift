import Testing

@testable import Wire

@Suite("A table of verbs")
struct VerbTableTests {
    /// Returns `count` different verbs. Half of them are short, and the others have the maximum length and differ
    /// only in their last bytes.
    private static func verbs(_ count: Int, _ letter: Character = "V") -> [Verb] {
        (0..<count).map { number in
            let digits = String(number)
            let long = String(repeating: letter, count: Verb.maximumLength - digits.count)
            let text = number.isMultiple(of: 2) ? "\(letter)\(digits)" : long + digits
            return Verb(text.utf8)!
        }
    }

    @Test("A verb is found only if it is in the table, whatever the table's size")
    func sizes() {
        let absent = Self.verbs(500, "W") + SessionCommands.specs.map(\.verb)
        for count in 0...130 {
            let verbs = Self.verbs(count)
            let table = VerbTable(zip(verbs, 0...))
            for (number, verb) in verbs.enumerated() { #expect(table[verb] == number) }
            for verb in absent { #expect(table[verb] == nil) }
        }
    }

    @Test("The table loses no entry while it grows")
    func growth() {
        let verbs = Self.verbs(2000)
        var table = VerbTable<Int>()
        for (number, verb) in verbs.enumerated() {
            #expect(table[verb] == nil)
            table[verb] = number
            #expect(table[verb] == number && table[verbs[number / 2]] == number / 2)
        }
        for (number, verb) in verbs.enumerated() { #expect(table[verb] == number) }
    }

    @Test("A new value for a verb replaces the old one")
    func overwriting() {
        let verbs = Self.verbs(20)
        var table = VerbTable(zip(verbs, 0...))
        for round in 1...100 {
            for (number, verb) in verbs.enumerated() { table[verb] = round * 1000 + number }
        }
        for (number, verb) in verbs.enumerated() { #expect(table[verb] == 100_000 + number) }
        for verb in Self.verbs(200, "W") { #expect(table[verb] == nil) }
        let places = Mirror(reflecting: table).descendant("verbs") as? [Verb?]
        #expect(places?.count == 64, "no more than for 20 verbs")
        // If a verb occurs twice, its last entry counts.
        #expect(VerbTable([("A", 1), ("B", 2), ("A", 3)] as [(Verb, Int)])["A"] == 3)
    }

    @Test("A copy does not change when the original changes")
    func copies() {
        var table = VerbTable([("A", 1)] as [(Verb, Int)])
        let copy = table
        table["A"] = 2
        table["B"] = 3
        #expect(copy["A"] == 1 && copy["B"] == nil)
        #expect(table["A"] == 2 && table["B"] == 3)
    }
}
