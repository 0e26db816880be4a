import TestKit
import Testing

@Suite("Transcripts through the proxy and both servers", .serialized)
struct SiteTranscripts {
    private static let transcripts = Transcript.all.filter { !$0.isForRegistryOnly }

    @Test("A site in one process answers every transcript", arguments: transcripts, Manner.allCases)
    func embedded(_ transcript: Transcript, _ manner: Manner) async throws {
        try await EmbeddedSite.run { site in
            var run = TranscriptRun(transcript, manner, on: try site.transport(for: transcript))
            try await run.run()
        }
    }

    @Test("A live site answers every transcript", arguments: transcripts, Manner.allCases)
    func live(_ transcript: Transcript, _ manner: Manner) async throws {
        try await LiveSite.run { site in
            var run = TranscriptRun(transcript, manner, on: try site.transport(for: transcript))
            try await run.run()
        }
    }
}
