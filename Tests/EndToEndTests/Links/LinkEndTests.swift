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
    }
}
