import ArgumentParser
import Audit
import Daemon
import Input
import Link
import Wire

/// The command `claverod check`, which asks the running server with the same settings whether it is well.
struct Check: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Ask a running server whether it is healthy. The exit status is 0 if it is, and 1 if not.",
        discussion: "The command takes the options and settings of the server, and sends HEALTH to its admin socket.")

    @OptionGroup var serve: Serve

    /// The process options of the server. They matter because only the daemon's user may use the admin socket.
    var process: ProcessOptions { serve.process }

    func run() async throws {
        guard let endpoint = try serve.adminEndpoint else {
            throw StartError("the admin socket is off, so the server cannot be asked", .refused)
        }
        let probe = Probe(endpoint)
        let reply = try await probe.reply(to: "HEALTH")
        guard reply.code == 250 else { throw probe.failure("\(reply.code) \(reply.text)") }
        let faults = reply.lines.filter { !isWell($0) }
        guard faults.isEmpty else { throw probe.failure(faults.joined(separator: "; ")) }
        print("healthy: \(reply.lines.joined(separator: "; "))")
    }

    /// Whether a line of HEALTH reports no fault that keeps the server from answering.
    private func isWell(_ line: String) -> Bool {
        let words = line.split(whereSeparator: { " ,".contains($0) })
        return switch words.first {
        case "database:": words.dropFirst().first == "ok"
        // In every other state of the audit log, commands are refused, unless the operator chose to continue.
        case "audit:":
            serve.administration.auditFailure == .continue || ["ok", "full", "off"].contains(words.dropFirst().first)
        case _: true
        }
    }
}
