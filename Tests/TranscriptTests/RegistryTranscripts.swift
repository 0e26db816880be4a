import Commands
import Synchronization
import TestKit
import Testing
import Wire

@Suite("Transcripts against the registry")
struct RegistryTranscripts {
    @Test(
        "The registry answers every transcript, a line, an octet and an LF at a time", arguments: Transcript.all,
        Manner.allCases)
    func replay(_ transcript: Transcript, _ manner: Manner) async throws {
        _ = try await Self.answers(transcript, manner)
    }

    @Test("Every command is given, and every failure that it declares is met")
    func coverage() async throws {
        var answers: Set<Answered> = []
        for transcript in Transcript.all { answers.formUnion(try await Self.answers(transcript, .plain)) }
        for (spec, command) in try Self.commands() {
            // The session's own are seen by nobody but their clients; their transcripts have the answers.
            guard let command else { continue }
            let given = answers.filter { $0.verb == spec.verb }
            #expect(given.contains { $0.code < 400 }, "\(spec.verb) never succeeds in a transcript")
            for failure in command.declaration.failures {
                #expect(given.contains { $0.text == failure.text }, "\(spec.verb) never says: \(failure.text)")
            }
            if spec.access == .user {
                #expect(given.contains { $0.text == Failure.logInFirst.text }, "\(spec.verb) never asks for a log-in")
            }
        }
    }

    @Test("Every command has a transcript of its own name")
    func names() throws {
        let names = Set(Transcript.all.map(\.name))
        for (spec, _) in try Self.commands() {
            #expect(names.contains(spec.verb.description.lowercased()))
        }
    }

    /// All that there are; the session's own have no `Command`.
    private static func commands() throws -> [(CommandSpec, (any ServedCommand)?)] {
        let site = try Site()
        let registries = [site.registry, site.adminRegistry]
        return registries.flatMap { registry in registry.manifest.specs.map { ($0, registry[$0.verb]) } }
            + SessionCommands.specs.map { ($0, nil) }
    }

    /// What a responder answered.
    private struct Answered: Hashable {
        let verb: Verb
        let code: Int
        let text: String
    }

    private static func answers(_ transcript: Transcript, _ manner: Manner) async throws -> Set<Answered> {
        let answers = Shared()
        let site = try Site(transcript.fault.map { try #require(Fault(rawValue: $0)) })
        let session = site.session(forOperator: transcript.isForOperator) { verb, answer in
            answers.insert(Answered(verb: verb, code: answer.reply.code, text: answer.reply.lines[0]))
        }
        var run = TranscriptRun(transcript, manner, on: session) { site.clock.advance($0) }
        try await run.run()
        #expect(site.reports.all == [])
        return answers.all
    }

    private final class Shared: Sendable {
        private let answers = Mutex<Set<Answered>>([])
        var all: Set<Answered> { answers.withLock { $0 } }
        func insert(_ answer: Answered) { answers.withLock { _ = $0.insert(answer) } }
    }
}
