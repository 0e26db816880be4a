import ArgumentParser
import Audit
import Foundation

/// The options for the operator's socket and the audit log.
struct OperatorOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "The admin socket for the operator's commands: a path, or off. (default: in the state directory)",
            valueName: "path"),
        completion: .file())
    var adminSocket: String?

    @Option(
        help: ArgumentHelp(
            "Who may connect to the admin socket: the server's user, or also the user's group.", valueName: "who"))
    var adminAccess = AdminAccess.owner

    @Option(
        help: ArgumentHelp("The audit log: a path, or off. (default: in the state directory)", valueName: "path"),
        completion: .file())
    var auditLog: String?

    @Option(
        help: ArgumentHelp(
            "What to do with commands while the audit log cannot be written: refuse or continue.",
            valueName: "policy"))
    var auditFailure = AuditPolicy.refuse

    /// The names of these options in settings files.
    static let names = ["admin-socket", "admin-access", "audit-log", "audit-failure"]

    func validate() throws {
        guard auditLog != "" else { throw ValidationError("--audit-log must be a path, or off") }
    }
}

/// The users who may connect to the admin socket.
enum AdminAccess: String, ExpressibleByArgument, CaseIterable, Sendable {
    case owner, group

    var mode: mode_t { self == .owner ? 0o600 : 0o660 }
}

extension AuditPolicy: ExpressibleByArgument {}
