import TestKit
import Testing

extension EndToEnd {
    @Suite("A proxy that sends invalid frames", .serialized)
    struct FalseProxies {
        private static let whoAmI = "WHOAMI line\r\n"
        private static let peer = "PEER=192.0.2.1:9"

        /// Sends each case to the auth server, on a link of its own and after a valid request. Expects that the link
        /// ends.
        private static func expectEnds(_ cases: [BadFrames.Case]) async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                for (name, text) in cases {
                    let link = try await Conversation.link(to: site.auth.port, patience: 20)
                    try await link.write(frame(1, whoAmI, peer))
                    #expect(try await link.message().line == "530 5.7.0 Log in first")
                    try await link.write(text)
                    #expect(await link.isClosed(), "\(name)")
                    await link.close()
                    try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                }
                _ = try await site.auth.program.line { $0.contains("breaks the protocol") }
            }
        }

        @Test("A header that breaks the grammar ends the link")
        func headers() async throws {
            try await Self.expectEnds(BadFrames.headers(1, Self.whoAmI))
        }

        @Test("A valid frame that belongs to another lane or end ends the link")
        func frames() async throws {
            let begin = "SIGN literal message=100000\r\nx"
            let logIn = "LOGIN line name=5 password=13\r\nalicecorrect horse"
            try await Self.expectEnds([
                ("a lane that was never opened", frame(2, Self.whoAmI)),
                ("a reply of a lane that there is not", frame(2, "250 2.0.0 x\r\n")),
                ("more room than there is", frame(1, "", "WINDOW=1")), ("a user", frame(1, Self.whoAmI, "USER=alice")),
                ("another address in a request", frame(1, begin, "MORE") + frame(1, begin, Self.peer)),
                ("the end of a lane with room", frame(1, "", "END", "WINDOW=1")),
                ("the end of a lane whose request runs", frame(1, logIn) + frame(1, "", "END") + frame(1, Self.whoAmI)),
                ("many notes that mean nothing", String(repeating: note("FUTURE"), count: 10_001)),
            ])
        }

        @Test("A request that breaks the grammar is refused, and its lane continues to work")
        func requests() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let token = try await client.ask("TOKEN").after("250 2.0.0 ")
                let link = try await Conversation.link(to: site.keys.port, patience: 20)
                var attributes = "\(Self.peer) TOKEN=\(token)"
                for (name, text) in BadFrames.requests {
                    try await link.write(frame(1, text, attributes))
                    attributes = ""
                    let refusal = try await link.message()
                    #expect(refusal.lane == 1 && refusal.line.hasPrefix("5"), "\(name): \(refusal)")
                    try await link.write(frame(1, "SIGN line message=1\r\nx"))
                    #expect(try await link.message().line.hasPrefix("250 2.0.0 clvs1.alice.1."), "\(name)")
                }
                await link.close()
            }
        }

        @Test("A truncated request is not run, and the link ends with its input")
        func cuts() async throws {
            try await LiveSite.run { site in
                let signUp = "SIGNUP line name=3 password=13\r\nbobcorrect horse"
                let whole = Array(frame(1, signUp, Self.peer).utf8)
                for count in whole.indices {
                    let link = try await Conversation.linked(to: site.keys.port)
                    try await link.write(Array(whole[..<count]))
                    try await link.finish()
                    #expect(try await link.read() == nil, "\(count)")
                    await link.close()
                }
                let begin = "SIGNUP line name=3 password=13\r\nbobcorrect hors"
                let link = try await Conversation.linked(to: site.keys.port)
                try await link.write(Array(frame(1, begin, "\(Self.peer) MORE").utf8))
                try await link.finish()
                #expect(try await link.read() == nil)
                await link.close()
                // The name is still free, because no part of the request was run.
                _ = try await Client(port: site.port, as: "bob")
            }
        }
    }
}
