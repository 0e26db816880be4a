import Foundation
import Signing
import Store
import Wire

/// The RESET command, which makes a code that lets the owner of an account choose a new password.
struct Reset: AdminCommand {
    private enum Keys: String, CaseIterable {
        case drop = "DROP"
    }

    private static let hours = Parameter.number("hours", key: "HOURS", in: 1...720, or: .badHours)
    private static let keys = Parameter<Keys>.choice("keys", key: "KEYS", or: .onlyDrop)
    private static let name = Parameter.name("name")
    private static let standard = 24

    static let spec = CommandSpec(
        "RESET", [hours.optional, keys.optional, name.spec], access: .operator, isRepeatable: false,
        failures: [.noSuchAccount, .enableFirst],
        summary: "Make a code for a forgotten password",
        help: """
            The first line of the answer is a code, with which the owner of the account chooses a new password: PASSWD \
            CODE=code name. The code can be used once, within 24 hours or the number of HOURS. It is shown once; the \
            server keeps its digest. It replaces the account's earlier code of RESET, and changes nothing else until it \
            is used. The answer lists the log-in keys and the recovery codes, which stay valid. With KEYS=DROP they are \
            removed when the code is used.
            """)

    let admin: AdminPlugin

    func run(_ call: Call) async throws -> Answer {
        let name = try call.value(Self.name).description
        let dropsKeys = try call.optional(Self.keys) != nil
        let end = admin.now() + (try call.optional(Self.hours) ?? Self.standard) * 3600
        let code = SecretCode.recovery.make()
        let addition = try await admin.store.addResetCode(
            SecretCode.digest(of: code), of: name, dropsKeys: dropsKeys, created: Int64(admin.now()),
            expires: Int64(end))
        switch addition {
        case .noSuchAccount: throw Failure.noSuchAccount
        case .disabled: throw Failure.enableFirst
        case .added(let count):
            let keys = try await admin.store.loginKeys(of: name)
            let shown = try keys.map { try SSHPublicKey(raw: $0.publicKey, comment: $0.comment).shown }
            let time = Date(timeIntervalSince1970: TimeInterval(end)).formatted(.iso8601)
            let fate = dropsKeys ? "are removed when the code is used" : "stay valid"
            let others = "\(Self.number(keys.count, "log-in key")) and \(Self.number(count, "recovery code"))"
            return Answer(
                .done([code, "The code is for \(name), until \(time)"] + shown + ["\(others) \(fate)"]))
        }
    }

    private static func number(_ count: Int, _ thing: String) -> String {
        "\(count) \(thing)\(count == 1 ? "" : "s")"
    }
}
