@preconcurrency import CReadline
import Glibc

/// The completion by the Tab key, from the line's assistant.
enum TabCompletion {
    static func prepare() {
        rl_attempted_completion_function = attempt
        // The assistant decides where a word begins. Readline breaks words at spaces alone, which is never after that.
        rl_completer_word_break_characters = UnsafePointer(strdup(" "))
        rl_completer_quote_characters = UnsafePointer(strdup(""))
    }

    private static let attempt:
        @convention(c) (UnsafePointer<CChar>?, Int32, Int32) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = {
            _, start, end in
            // This prevents readline's own completion of file names.
            rl_attempted_completion_over = 1
            guard let assistant = LineEditor.assistant else { return nil }
            let line = LineEditor.typed
            let completion = assistant.completion(of: line, cursor: Int(end))
            guard !completion.candidates.isEmpty else { return nil }
            rl_completion_append_character = completion.appendsSpace ? Int32(UInt8(ascii: " ")) : 0
            return matches(aligned(completion.candidates, from: completion.start, to: Int(start), line))
        }

    /// Returns the candidates, which begin at `start`, as candidates that begin at `word`: readline replaces the text
    /// from there.
    private static func aligned(_ candidates: [String], from start: Int, to word: Int, _ line: [UInt8]) -> [[UInt8]] {
        if start >= word { return candidates.map { Array(line[word..<start]) + $0.utf8 } }
        return candidates.map { Array($0.utf8.dropFirst(word - start)) }
    }

    /// Returns the array of matches that readline expects and frees: the common prefix, and the candidates if there
    /// are several.
    private static func matches(
        _ candidates: [[UInt8]]
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        let common = candidates.dropFirst().reduce(candidates[0]) { common, next in
            zip(common, next).prefix { $0 == $1 }.map(\.0)
        }
        let all = candidates.count == 1 ? candidates : [wholeCharacters(common)] + candidates
        let size = (all.count + 1) * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride
        let array = malloc(size)!.bindMemory(to: UnsafeMutablePointer<CChar>?.self, capacity: all.count + 1)
        for (index, bytes) in all.enumerated() {
            array[index] = strndup(bytes.map { CChar(bitPattern: $0) }, bytes.count)
        }
        array[all.count] = nil
        return array
    }

    /// Returns the bytes without an incomplete character at their end.
    private static func wholeCharacters(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        while !bytes.isEmpty, String(validating: bytes, as: UTF8.self) == nil { bytes.removeLast() }
        return bytes
    }
}
