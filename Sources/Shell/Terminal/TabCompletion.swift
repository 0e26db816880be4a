@preconcurrency import CReadline
import Glibc

/// Readline's completion, from what the assistant of the line knows.
enum TabCompletion {
    static func prepare() {
        rl_attempted_completion_function = attempt
        // Where a word begins is the assistant's to say; readline is told one that is never further right.
        rl_completer_word_break_characters = UnsafePointer(strdup(" "))
        rl_completer_quote_characters = UnsafePointer(strdup(""))
    }

    private static let attempt:
        @convention(c) (UnsafePointer<CChar>?, Int32, Int32) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = {
            _, start, end in
            // Otherwise readline would offer file names.
            rl_attempted_completion_over = 1
            guard let assistant = LineEditor.assistant else { return nil }
            let line = LineEditor.typed
            let found = assistant.completion(of: line, cursor: Int(end))
            guard !found.candidates.isEmpty else { return nil }
            rl_completion_append_character = found.appendsSpace ? Int32(UInt8(ascii: " ")) : 0
            return matches(fit(found.candidates, from: found.start, to: Int(start), line))
        }

    /// Candidates that stand for the octets from `start` on, as candidates for those from `word` on, which is what
    /// readline replaces.
    private static func fit(_ candidates: [String], from start: Int, to word: Int, _ line: [UInt8]) -> [[UInt8]] {
        if start >= word { return candidates.map { Array(line[word..<start]) + $0.utf8 } }
        return candidates.map { Array($0.utf8.dropFirst(word - start)) }
    }

    /// The array that readline frees: what the candidates have in common, then the candidates, if there are several.
    private static func matches(
        _ candidates: [[UInt8]]
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        let common = candidates.dropFirst().reduce(candidates[0]) { common, next in
            zip(common, next).prefix { $0 == $1 }.map(\.0)
        }
        let all = candidates.count == 1 ? candidates : [wholeCharacters(common)] + candidates
        let size = (all.count + 1) * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride
        let array = malloc(size)!.bindMemory(to: UnsafeMutablePointer<CChar>?.self, capacity: all.count + 1)
        for (index, octets) in all.enumerated() {
            array[index] = strndup(octets.map { CChar(bitPattern: $0) }, octets.count)
        }
        array[all.count] = nil
        return array
    }

    /// The octets without half a character at their end.
    private static func wholeCharacters(_ octets: [UInt8]) -> [UInt8] {
        var octets = octets
        while !octets.isEmpty, String(validating: octets, as: UTF8.self) == nil { octets.removeLast() }
        return octets
    }
}
