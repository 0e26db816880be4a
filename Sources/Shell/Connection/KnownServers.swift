import Glibc
import Input
import Link
import POSIX

/// The file of certificates that the user trusts without a certificate authority. A certificate is pinned at the
/// first connection, as in SSH.
///
///     line = endpoint SP fingerprint
struct KnownServers {
    struct Entry: Equatable {
        let fingerprint: Fingerprint
        /// The number of the entry's line in the file, from 1.
        let line: Int
    }

    /// The path of the file; nil if there is no state directory.
    let path: String?

    init(path: String? = Environment.stateDirectory.map { "\($0)/known-servers" }) {
        self.path = path
    }

    /// Checks that the file is absent or readable.
    ///
    /// - Throws: an `ExitError` if the file exists and cannot be read, since it may pin the server.
    func requireReadable() throws(ExitError) {
        guard let path, FileIO.read(path) == nil, ![ENOENT, ENOTDIR].contains(errno) else { return }
        throw ExitError(
            message: TerminalText.escaped("\(path): \(SystemError.text())"), status: .unavailable)
    }

    /// Returns the entries of a server, and reports damaged lines.
    func entries(of endpoint: Endpoint) -> [Entry] {
        guard let path, let bytes = FileIO.readText(path) else { return [] }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return lines.enumerated().compactMap { index, bytes in
            let line = String(decoding: bytes, as: UTF8.self)
            guard !line.isEmpty, !line.hasPrefix("#") else { return nil }
            let words = line.split(separator: " ")
            guard words.count == 2, let fingerprint = Fingerprint(String(words[1])) else {
                Output.reportError(TerminalText.escaped("\(path):\(index + 1) is damaged; it is ignored"))
                return nil
            }
            return words[0] == Self.name(endpoint) ? Entry(fingerprint: fingerprint, line: index + 1) : nil
        }
    }

    /// Adds an entry. Returns false if the file cannot be written.
    func add(_ endpoint: Endpoint, _ fingerprint: Fingerprint) -> Bool {
        path.flatMap { SharedLineFile(path: $0) }?.append("\(Self.name(endpoint)) \(fingerprint)") ?? false
    }

    /// Returns the name of an endpoint in the file. Host names are not case-sensitive.
    private static func name(_ endpoint: Endpoint) -> String { "\(endpoint)".lowercased() }
}
