import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The rotation of audit logs", .serialized)
    struct AuditRotation {
        /// Returns the sample for logrotate(8), changed for the key server of a site: other paths, no other user, and a
        /// signal to its process.
        private static func settings(for site: LiveSite) throws -> String {
            let file = Repository.root.appending(path: "packaging/logrotate.d/clavero")
            let text = try String(contentsOf: file, encoding: .utf8)
            let section = String(try #require(text.firstMatch(of: /(?ms)^\/var\/lib\/clavero-keys\/.*?^}\n/)).0)
            let signal = "systemctl kill --kill-who=main --signal=HUP clavero-keys.service"
            try #require(section.contains(signal))
            return section.replacing("/var/lib/clavero-keys", with: site.dataDirectory)
                .replacing(/(?m)^ *su .*\n/, with: "")
                .replacing(signal, with: "kill -HUP \(site.keys.program.pid)")
        }

        @Test("logrotate begins new audit logs without a refused command, and all of them verify, in their order")
        func logrotate() async throws {
            try await LiveSite.run { site in
                let directory = try TemporaryDirectory()
                let settings = "\(directory.path)/clavero"
                // logrotate takes no file that others may write.
                try Self.settings(for: site).write(toFile: settings, atomically: false, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: settings)
                let client = try await Client(port: site.port, as: "alice")
                for round in 1...3 {
                    async let rotation = Tools.run(
                        try Tools.sbin("logrotate"), ["--force", "--state", "\(directory.path)/state", settings])
                    // Commands arrive before, during and after the rotation.
                    for _ in 0..<200 { #expect(try await client.ask("WHOAMI").hasPrefix("250 ")) }
                    let rotated = try await rotation
                    #expect(rotated.status == 0, "\(rotated.errors)")
                    let line = "audit log continues in a new file"
                    try await eventually { site.keys.program.log.count { $0.contains(line) } == round }
                    // The names end in the time, to the second. time(2), which logrotate calls, may lag by a tick of the
                    // kernel, so the second after the next is awaited.
                    let second = Int(Date().timeIntervalSince1970)
                    try await eventually { Int(Date().timeIntervalSince1970) > second + 1 }
                }
                await client.close()
                let names = try FileManager.default.contentsOfDirectory(atPath: site.dataDirectory)
                let old = names.filter { $0.hasPrefix("audit-keys.log-") }.sorted()
                #expect(old.count == 3 && old.dropLast().allSatisfy { $0.hasSuffix(".gz") }, "\(names)")
                try await Self.verify(old, site)
            }
        }

        /// Checks that each file is intact, and that it continues the one before it.
        private static func verify(_ old: [String], _ site: LiveSite) async throws {
            for name in old where name.hasSuffix(".gz") {
                let done = try await Tools.run("/bin/gzip", ["-d", "\(site.dataDirectory)/\(name)"])
                #expect(done.status == 0, "\(done.errors)")
            }
            var last = "no earlier file"
            for name in old.map({ $0.replacing(".gz", with: "") }) + ["audit-keys.log"] {
                let report = try await Tools.run(
                    Tools.own("claverod"), ["audit", "verify", "--server", "keys", "\(site.dataDirectory)/\(name)"])
                #expect(report.status == 0 && report.output.hasSuffix("\nintact\n"), "\(report.output)")
                let value = { (key: String) in
                    report.output.lines.first { $0.hasPrefix("\(key): ") }?.dropFirst(key.count + 2)
                }
                #expect(value("continues").map(String.init) == last)
                last = value("checkpoint").map(String.init) ?? ""
            }
        }
    }
}
