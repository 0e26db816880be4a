import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The rights of a TLS key, as Debian and containers set them", .serialized)
    struct KeyRights {
        /// The proxy that reads the key runs as this user of Debian, who has a group of the same name.
        private static let user = "www-data"

        /// Copies the proxy and a site's certificate to a directory that every user can reach.
        private static func makeProxy(_ directory: TemporaryDirectory) async throws -> (proxy: String, key: String) {
            let (data, keys) = ("\(directory.path)/data", "\(directory.path)/keys")
            try await LiveSite.makeData(data)
            #expect(chmod(directory.path, 0o755) == 0 && mkdir(keys, 0o755) == 0 && chmod(keys, 0o755) == 0)
            let files = [Tools.own("clavero-proxy"), "\(data)/tls/server.crt", "\(data)/tls/server.key"]
            #expect(try await Tools.run("/bin/cp", files + [keys]).status == 0)
            return ("\(keys)/clavero-proxy", "\(keys)/server.key")
        }

        @Test(
            "A key is taken if only root, the daemon's user and one group may read it, and otherwise the mend is shown",
            .enabled(if: geteuid() == 0, "needs root, to change owners"))
        func tableAsRoot() async throws {
            let directory = try TemporaryDirectory()
            let (proxy, key) = try await Self.makeProxy(directory)
            let entry = try #require(getpwnam(Self.user)).pointee
            let (own, ownGroup, other, otherGroup) = (entry.pw_uid, entry.pw_gid, uid_t(65534), gid_t(100))
            let folder = URL(filePath: key).deletingLastPathComponent().path
            let wide = "other users have access to it; run: chmod"
            for (user, group, mode, folderMode, reason) in [
                (own, ownGroup, 0o600, 0o755, nil), (own, ownGroup, 0o400, 0o755, nil),
                (own, ownGroup, 0o640, 0o755, nil), (own, ownGroup, 0o440, 0o755, nil),
                // Debian's ssl-cert, and the secrets of containers.
                (0, ownGroup, 0o640, 0o755, nil), (0, ownGroup, 0o440, 0o755, nil),
                // The sticky bit of Kubernetes' volumes.
                (0, ownGroup, 0o440, 0o1777, nil),
                (own, otherGroup, 0o640, 0o755, "\(wide) 600 \(key), and replace it if they may have read it"),
                (0, ownGroup, 0o660, 0o755, "\(wide) 640 \(key), and replace it if they may have read it"),
                (0, ownGroup, 0o644, 0o755, "\(wide) 640 \(key), and replace it if they may have read it"),
                (own, ownGroup, 0o604, 0o755, "\(wide) 600 \(key), and replace it if they may have read it"),
                (other, ownGroup, 0o640, 0o755, "belongs to another user; run: chown \(own) \(key)"),
                (0, 0, 0o400, 0o755, "cannot be read: permission denied"),
                (0, ownGroup, 0o640, 0o777, "other users may write to its directory; run: chmod go-w \(folder)"),
            ] as [(uid_t, gid_t, mode_t, mode_t, String?)] {
                #expect(chown(key, user, group) == 0 && chmod(key, mode) == 0 && chmod(folder, folderMode) == 0)
                let arguments = [
                    "--user", Self.user, "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--tls-certificate",
                    "\(folder)/server.crt", "--tls-key", key,
                ]
                let description = "\(user):\(group) \(String(mode, radix: 8)) in \(String(folderMode, radix: 8))"
                if let reason {
                    let result = try await Tools.run(proxy, arguments, seconds: 20)
                    #expect(result.status == 78, "\(description): \(result)")
                    #expect(result.errors.lines == ["clavero-proxy: \(key): \(reason)"], "\(description)")
                } else {
                    let program = try Program(proxy, arguments)
                    await #expect(throws: Never.self, "\(description)") { _ = try await program.port() }
                    program.signal(SIGTERM)
                    #expect(try await program.status() == 0, "\(description)")
                }
            }
        }
    }
}
