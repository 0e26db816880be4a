import Foundation

/// The folders of this repository that tests read.
package enum Repository {
    /// The folder that contains Package.swift.
    package static let root: URL = {
        let source = URL(filePath: #filePath)
        return sequence(first: source, next: { $0.path == "/" ? nil : $0.deletingLastPathComponent() })
            .first { FileManager.default.fileExists(atPath: $0.appending(path: "Package.swift").path) } ?? source
    }()

    /// The folder of the programs that were built with the tests.
    package static let programs = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
}
