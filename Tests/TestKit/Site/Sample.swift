import Foundation

/// The sample of a service's settings, changed so that the service can run beside others on this machine: its paths are
/// below a temporary directory, its addresses on loopback, and its ports of the system's choice.
package struct Sample: Sendable {
    package let service: String
    /// The lines of the file.
    package let lines: [String]

    package var program: String { service == "proxy" ? "clavero-proxy" : "claverod" }

    /// Reads the sample.
    ///
    /// - Parameter directory: The temporary directory. Its directory `data` has the site.
    package init(_ service: String, in directory: String) throws {
        self.service = service
        let file = Repository.root.appending(path: "packaging/conf/\(service).conf")
        let copies = "/run/clavero-proxy-tls"
        var text = try String(contentsOf: file, encoding: .utf8)
        for (old, new) in [
            ("\(copies)/server.", "\(directory)/data/tls/server."), ("\(copies)/", "\(directory)/data/link/"),
            ("/run/clavero-proxy", directory), ("/etc/clavero", directory), ("/usr/local/lib/clavero", directory),
            ("/var/lib/clavero-", "\(directory)/state-"), ("/var/lib/clavero", "\(directory)/data"),
            ("0.0.0.0:", "127.0.0.1:"), ("db.example", "127.0.0.1:1"), ("gate.example", "localhost"),
        ] { text = text.replacing(old, with: new) }
        lines = text.components(separatedBy: "\n").map { line in
            line.contains("upstream = ") ? line : line.replacing(/127\.0\.0\.1:\d{4}/, with: "127.0.0.1:0")
        }
    }

    /// The indices of the lines that are settings without an effect, because they begin with `#`.
    package var commented: [Int] {
        lines.indices.filter { lines[$0].wholeMatch(of: /#[a-z-]+ = .+/) != nil }
    }

    /// Writes the file with one of the lines uncommented, or with none.
    package func write(to path: String, uncommenting index: Int? = nil) throws {
        var lines = lines
        if let index { lines[index].removeFirst() }
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// Makes the site and the directories that the samples name.
    package static func makeSite(in directory: String) async throws {
        try await LiveSite.makeData("\(directory)/data", ["--name", "localhost"])
        for name in ["state-keys", "state-auth", "plugins"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
    }
}
