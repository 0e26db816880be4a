import CArguments

/// The arguments that a program was started with, as the kernel handed them over.
///
/// They are used in place of `CommandLine`, which has none if a preloaded library has called setenv(3) before `main`.
package enum ProgramArguments {
    /// An argument that is no text.
    package struct NotText: Error, Equatable, CustomStringConvertible {
        /// The argument's place, from 1.
        package let place: Int

        package var description: String { "argument \(place) is not UTF-8" }
    }

    /// The octets of each argument after the program's own name, in the memory that other programs of the machine see.
    package static var octets: [UnsafeMutableBufferPointer<UInt8>] {
        guard let start = process_arguments() else { return [] }
        return (0..<Int(process_argument_count())).dropFirst().map { place in
            let argument = UnsafeMutableRawPointer(start[place]!)
            var count = 0
            while argument.load(fromByteOffset: count, as: UInt8.self) != 0 { count += 1 }
            return UnsafeMutableBufferPointer(
                start: argument.bindMemory(to: UInt8.self, capacity: count), count: count)
        }
    }

    /// The arguments as texts; what is not UTF-8 in them is replaced by U+FFFD.
    package static var mended: [String] { octets.map { String(decoding: $0, as: UTF8.self) } }

    /// The arguments as texts.
    ///
    /// - Throws: `NotText` for the first that is not UTF-8.
    package static func words() throws(NotText) -> [String] {
        var words: [String] = []
        for octets in octets {
            guard let word = String(validating: octets, as: UTF8.self) else { throw NotText(place: words.count + 1) }
            words.append(word)
        }
        return words
    }
}
