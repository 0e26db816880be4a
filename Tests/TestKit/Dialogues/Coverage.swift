import Commands
import Synchronization
import Wire

/// The answers that transcripts have met, for comparison with the declarations of the commands.
package final class Coverage: Sendable {
    private struct Answered: Hashable {
        let verb: Verb
        let form: Int
        let code: Int
        let text: String
    }

    private let answers = Mutex<Set<Answered>>([])

    package init() {}

    /// Notes the answer of a responder.
    package func note(_ request: Request, _ answer: Answer) {
        note(Answered(verb: request.spec.verb, form: request.form, code: answer.code, text: answer.reply.lines[0]))
    }

    /// Notes the answers of the session's own commands: each line that is sent, with the line that is expected next.
    package func note(sessionsOwnOf transcript: Transcript) {
        for (sent, expected) in zip(transcript.steps, transcript.steps.dropFirst()) {
            guard case .send(let line) = sent.step, case .expect(let reply) = expected.step,
                let verb = Verb(line.prefix { $0 != " " }.utf8), SessionCommands.entry(for: verb) != nil,
                let code = Int(reply.prefix(3))
            else { continue }
            let text = reply.split(separator: " ", maxSplits: 2).last.map(String.init) ?? ""
            note(Answered(verb: verb, form: 0, code: code, text: text))
        }
    }

    private func note(_ answered: Answered) { answers.withLock { _ = $0.insert(answered) } }

    /// Returns the declared parts that no transcript has met, one line each.
    package func gaps(of specs: [CommandSpec]) -> [String] {
        let answers = answers.withLock { $0 }
        return specs.flatMap { spec -> [String] in
            let given = answers.filter { $0.verb == spec.verb }
            var gaps: [String] = []
            if !given.contains(where: { $0.code < 400 }) { gaps.append("\(spec.verb) never succeeds") }
            for form in spec.forms.indices where !given.contains(where: { $0.form == form }) {
                gaps.append("\(spec.verb) is never given in its form \(form + 1): \(spec.usage)")
            }
            let failures = spec.failures + (spec.access == .user ? [.logInFirst] : [])
            for failure in failures where !given.contains(where: { $0.text == failure.text }) {
                gaps.append("\(spec.verb) never says: \(failure.text)")
            }
            return gaps
        }
    }
}
