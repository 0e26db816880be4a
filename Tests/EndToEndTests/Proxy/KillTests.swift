import Foundation
import Synchronization
import TestKit
import Testing

extension EndToEnd {
    @Suite("Acknowledged changes survive kill -9 under load", .serialized)
    struct Kill {
        private static let rounds = 5
        private static let streams = 4

        /// The names that the streams asked for and the names that were acknowledged.
        private final class Told: Sendable {
            private let names = Mutex<(kept: [String], asked: [String])>(([], []))
            var kept: [String] { names.withLock { $0.kept } }
            var asked: [String] { names.withLock { $0.asked } }
            func ask(_ name: String) { names.withLock { $0.asked.append(name) } }
            func keep(_ name: String) { names.withLock { $0.kept.append(name) } }
        }

        @Test("The key server loses no acknowledged sign-up when it is killed")
        func keys() async throws {
            // The test also tries to log in with names that were not acknowledged. These count as wrong log-ins.
            try await LiveSite.run(server: ["--throttle-network-limit", "1000000"]) { site in
                let told = Told()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for stream in 0..<Self.streams {
                        group.addTask { try await Self.signUp(stream, site, told) }
                    }
                    for round in 1...Self.rounds {
                        try await eventually { told.kept.count >= round * 20 }
                        site.keys.program.signal(SIGKILL)
                        _ = try await site.keys.program.status()
                        try await site.keys.start()
                    }
                    group.cancelAll()
                    try await group.waitForAll()
                }
                try await Self.check(told, site)
            }
        }

        /// Signs up one name after another until the task is cancelled. A name that was not acknowledged is not tried
        /// again.
        private static func signUp(_ stream: Int, _ site: LiveSite, _ told: Told) async throws {
            let client = try await Client(port: site.port)
            var number = 0
            while !Task.isCancelled {
                let name = "s\(stream)-\(number)"
                told.ask(name)
                let reply = try await client.ask("SIGNUP \(name) \"correct horse\"")
                if reply.hasPrefix("250 ") { told.keep(name) }
                #expect(reply.hasPrefix("250 ") || reply.hasPrefix("451 "), "\(reply)")
                number += 1
            }
        }

        /// Expects that every acknowledged account can log in and has its keys. Any other account must exist
        /// completely or not at all.
        private static func check(_ told: Told, _ site: LiveSite) async throws {
            let client = try await Client(port: site.port)
            _ = try await client.askUntilAnswered("SIGNUP last \"correct horse\"")
            let kept = Set(told.kept)
            #expect(kept.count >= rounds * 20)
            for name in told.asked {
                let reply = try await client.askUntilAnswered("LOGIN \(name) \"correct horse\"")
                if kept.contains(name) { #expect(reply == "235 2.7.0 Logged in as \(name)") }
                guard reply.hasPrefix("235 ") else { continue }
                #expect(try await client.ask("ENCRYPT x").hasPrefix("250 2.0.0 clv1."))
                #expect(try await client.ask("SIGN x").hasPrefix("250 2.0.0 clvs1.\(name).1."))
            }
        }

        @Test("The auth server loses no acknowledged change of a password when it is killed")
        func auth() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                var password = "correct horse"
                var possible = password
                for round in 1...20 {
                    let new = "password \(round)"
                    try await client.write("PASSWD \"\(password)\" \"\(new)\"\r\n")
                    if round.isMultiple(of: 4) {
                        site.auth.program.signal(SIGKILL)
                        _ = try await site.auth.program.status()
                        try await site.auth.start()
                    }
                    let reply = try #require(try await client.reply().last)
                    possible = new
                    if reply.hasPrefix("250 ") {
                        password = new
                        continue
                    }
                    // The change was not acknowledged. Therefore either the old or the new password is valid.
                    #expect(reply.hasPrefix("451 "), "\(reply)")
                    let again = try await client.askUntilAnswered("LOGIN alice \"\(password)\"")
                    if !again.hasPrefix("235 ") {
                        #expect(try await client.ask("LOGIN alice \"\(possible)\"") == "235 2.7.0 Logged in as alice")
                        password = possible
                    }
                }
                let last = try await Client(port: site.port)
                // Each thread of the proxy opens its link again separately.
                let reply = try await last.askUntilAnswered("LOGIN alice \"\(password)\"")
                #expect(reply == "235 2.7.0 Logged in as alice")
            }
        }
    }
}
