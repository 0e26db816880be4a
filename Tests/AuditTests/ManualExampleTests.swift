import Foundation
import Seal
import Secrets
import Signing
import TestKit
import Testing

@testable import Audit

@Suite("The worked example of clavero-protocol(7), an audit log")
struct ManualExampleTests {
    private static func fields() throws -> [(key: String, value: String)] {
        let text = try String(contentsOf: Repository.root.appending(path: "man/clavero-protocol.7"), encoding: .utf8)
        let lines = text.components(separatedBy: "\n").drop { $0 != #".\" example: audit"# }
            .prefix { $0 != #".\" end"# }
        return lines.filter { !$0.hasPrefix(".") }.map { line in
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            return (parts[0], String(parts[1].dropFirst()))
        }
    }

    private static func bytes(hex text: String) -> [UInt8] {
        var rest = text[...]
        var bytes: [UInt8] = []
        while let byte = UInt8(rest.prefix(2), radix: 16) {
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    @Test("The example is intact up to its last checkpoint, and a changed letter in a record is found")
    func intact() throws {
        let fields = try Self.fields()
        let seed = try #require(fields.first { $0.key == "seed" }).value
        let key = try SigningKey(seed: SecretBytes(Self.bytes(hex: seed))).publicKey
        let lines = fields.filter { $0.key == "line" }.map(\.value)
        try #require(lines.count == 3)
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/audit.log"
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
        let report = try AuditVerifier.verify(path: path, keys: [key])
        #expect(report.isIntact && report.lines == 3 && report.unsealed == 0)
        #expect(report.checkpoint?.seq == 3)
        #expect(report.identity?.description == "keys 4OHi4-Tl5ufo6err7O3u7w")
        let changed = lines.map { $0.replacing("alice", with: "alic") }.joined(separator: "\n") + "\n"
        try Data(changed.utf8).write(to: URL(filePath: path))
        #expect(try !AuditVerifier.verify(path: path, keys: [key]).isIntact)
    }
}
