import CArguments

/// The arguments of the program, as the kernel passed them.
///
/// They replace `CommandLine`, which is empty if a preloaded library has called setenv(3) before `main`.
package enum ProgramArguments {
    /// The error for an argument that is not UTF-8.
    package struct NotUTF8: Error, Equatable, CustomStringConvertible {
        /// The number of the argument, counted from 1.
        package let position: Int

        package var description: String { "argument \(position) is not UTF-8" }
    }

    /// The bytes of each argument after the program's name. They are in the memory that the list of processes shows.
    package static var bytes: [UnsafeMutableBufferPointer<UInt8>] {
        guard let start = process_arguments() else { return [] }
        return (0..<Int(process_argument_count())).dropFirst().map { index in
            let argument = UnsafeMutableRawPointer(start[index]!)
            var count = 0
            while argument.load(fromByteOffset: count, as: UInt8.self) != 0 { count += 1 }
            return UnsafeMutableBufferPointer(
                start: argument.bindMemory(to: UInt8.self, capacity: count), count: count)
        }
    }

    /// The arguments as text. Invalid UTF-8 in them is replaced by U+FFFD.
    package static var repaired: [String] { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// Returns the arguments as text.
    ///
    /// - Throws: `NotUTF8` for the first argument that is not UTF-8.
    package static func validated() throws(NotUTF8) -> [String] {
        var words: [String] = []
        for bytes in bytes {
            guard let word = String(validating: bytes, as: UTF8.self) else { throw NotUTF8(position: words.count + 1) }
            words.append(word)
        }
        return words
    }
}
