import Glibc
import TestKit
import Testing

extension EndToEnd {
    @Suite("A link whose other end has closed", .serialized)
    struct LinkEnds {
        @Test("A link that is half closed is closed, early or late", arguments: [false, true])
        func halfClosed(_ isLate: Bool) async throws {
            try await LiveSite.run { site in
                for _ in 0..<20 {
                    let link: SocketTransport
                    if isLate {
                        link = try await Conversation.linked(to: site.auth.port)
                    } else {
                        link = try SocketTransport(port: site.auth.port)
                        try await link.write(Array("* LINK 2 1\r\n".utf8))
                    }
                    try await link.finish()
                    while try await link.read() != nil {}
                    await link.close()
                }
            }
        }

        private func pings(_ count: Int) -> [UInt8] { Array(String(repeating: note("PING 1"), count: count).utf8) }

        @Test("A link whose other end closed while the server stood still harms no other session")
        func closedMeanwhile() async throws {
            try await LiveSite.run { site in
                let (few, many) = (pings(250), pings(4000))
                for _ in 0..<10 {
                    let link = try await Conversation.linked(to: site.auth.port)
                    // The server reads more at a time from a link on which much has come.
                    try await link.write(many)
                    var left = note("PONG 1").utf8.count * 4000
                    while left > 0, let read = try await link.read() { left -= read.count }
                    site.auth.program.signal(SIGSTOP)
                    // One read gets all of these, and two turns answer them. The second turn runs when the end of
                    // the input is read, and finds that the first answers have reset the connection.
                    try await link.write(few)
                    await link.close()
                    site.auth.program.signal(SIGCONT)
                    let client = try await Client(port: site.auth.port)
                    try await client.expect("250 2.0.0 OK", to: "NOOP")
                    await client.close()
                }
            }
        }
    }
}
