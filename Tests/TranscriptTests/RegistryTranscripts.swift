import Commands
import TestKit
import Testing
import Wire

@testable import Proxy

@Suite("Transcripts against the registry")
struct RegistryTranscripts {
    @Test(
        "The registry answers every transcript, by lines, by bytes and with LF ends", arguments: Transcript.all,
        Manner.allCases)
    func replay(_ transcript: Transcript, _ manner: Manner) async throws {
        try await Self.run(transcript, manner) { _, _ in }
    }

    @Test("Transcripts issue every command in each of its forms, and produce every failure that it declares")
    func coverage() async throws {
        let coverage = Coverage()
        for transcript in Transcript.all {
            coverage.note(sessionsOwnOf: transcript)
            try await Self.run(transcript, .plain) { coverage.note($0, $1) }
        }
        #expect(coverage.gaps(of: try Self.specs()) == [])
    }

    @Test("Every command has a transcript of its own name")
    func names() throws {
        let names = Set(Transcript.all.map(\.name))
        for spec in try Self.specs() { #expect(names.contains(spec.name.lowercased()), "\(spec.verb)") }
    }

    /// Returns the declarations of all commands.
    private static func specs() throws -> [CommandSpec] {
        let site = try Site()
        return site.registry.specs + site.adminRegistry.specs + SessionCommands.specs + OperatorResponder.table.specs
    }

    private static func run(
        _ transcript: Transcript, _ manner: Manner, watch: @escaping Watched.Watch
    ) async throws {
        guard transcript.door != .proxy else {
            let proxy = try await LonelyProxy()
            var run = TranscriptRun(transcript, manner, on: proxy.session(watch: watch))
            try await run.run()
            return await proxy.stop()
        }
        let site = try Site(transcript.fault.map { try #require(Fault(rawValue: $0)) })
        let session = site.session(forOperator: transcript.door == .operator, watch: watch)
        var run = TranscriptRun(transcript, manner, on: session) { site.clock.advance($0) }
        try await run.run()
        #expect(site.reports.all == [])
    }
}
