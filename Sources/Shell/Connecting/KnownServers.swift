import Glibc
import Link

/// The certificates by which a person knows servers that no authority vouches for: pinned at first use, as ssh does.
///
///     line = endpoint SP fingerprint
struct KnownServers {
    struct Entry: Equatable {
        let fingerprint: Fingerprint
        /// Where it stands in the file, from 1.
        let line: Int
    }

    /// nil when there is no place to keep it.
    let path: String?

    init(path: String? = Environment.stateDirectory.map { "\($0)/known-servers" }) {
        self.path = path
    }

    /// - Throws: a `Stop`, when there is a file that cannot be read: then it is not known who was pinned.
    func requireReadable() throws(Stop) {
        guard let path, Files.read(path) == nil, ![ENOENT, ENOTDIR].contains(errno) else { return }
        throw Stop(message: Escaping.shown("\(path): \(String(cString: strerror(errno)))"), status: .unavailable)
    }

    /// What is known of a server.
    func entries(of endpoint: Endpoint) -> [Entry] {
        guard let path, let octets = Files.text(path) else { return [] }
        let lines = octets.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return lines.enumerated().compactMap { index, octets in
            let line = String(decoding: octets, as: UTF8.self)
            guard !line.isEmpty, !line.hasPrefix("#") else { return nil }
            let words = line.split(separator: " ")
            guard words.count == 2, let fingerprint = Fingerprint(String(words[1])) else {
                Output.complain(Escaping.shown("\(path):\(index + 1) is damaged, and passed over"))
                return nil
            }
            return words[0] == Self.name(endpoint) ? Entry(fingerprint: fingerprint, line: index + 1) : nil
        }
    }

    /// Remembers a server; false when that cannot be done.
    func add(_ endpoint: Endpoint, _ fingerprint: Fingerprint) -> Bool {
        path.flatMap { SharedFile(path: $0) }?.append("\(Self.name(endpoint)) \(fingerprint)") ?? false
    }

    /// Names of hosts are the same in capitals.
    private static func name(_ endpoint: Endpoint) -> String { "\(endpoint)".lowercased() }
}
