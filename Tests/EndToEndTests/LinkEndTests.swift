import TestKit
import Testing

extension EndToEnd {
    @Suite("A link whose other end is gone", .serialized)
    struct LinkEnds {
        @Test("One whose half is closed is closed, whenever that half is", arguments: [false, true])
        func halfClosed(_ isLate: Bool) async throws {
            try await LiveSite.run { site in
                for _ in 0..<20 {
                    let link = try SocketTransport(port: site.auth.port)
                    try await link.write(Array("* LINK 1 1\r\n".utf8))
                    if isLate { try await Self.untilAnnounced(link) }
                    try await link.finish()
                    while try await link.read() != nil {}
                    await link.close()
                }
            }
        }

        private static func untilAnnounced(_ link: SocketTransport) async throws {
            var text = ""
            while !text.contains("* READY") {
                guard let octets = try await link.read() else { throw Mismatch("the link ended: \(text)") }
                text += String(decoding: octets, as: UTF8.self)
            }
        }
    }
}
