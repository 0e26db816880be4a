import ArgumentParser
import Audit
import Commands
import Daemon
import Store

/// The options that limit how much of the site's storage clients without an account may fill.
struct UnauthenticatedOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "Accounts that one network (an IPv4 /24 or an IPv6 /64) may make in an hour; 0 for no limit.",
            valueName: "number"))
    var signupsPerNetwork = SignUpBounds.standard.network ?? 0

    @Option(
        help: ArgumentHelp(
            "Accounts that all networks together may make in an hour; 0 for no limit.",
            valueName: "number"))
    var signupsPerHour = SignUpBounds.standard.hour ?? 0

    @Option(
        help: ArgumentHelp(
            "Disk space that new accounts may not use: MiB, a percentage, or the smaller of both. (default: 5%,64)",
            valueName: "size"),
        transform: Self.reserve)
    var diskReserve = HeadRoom.Reserve.standard

    @Option(
        help: ArgumentHelp(
            "The size of SQLite's write-ahead log, in MiB, above which new accounts are refused.",
            valueName: "MiB"))
    var databaseLogLimit = 64

    @Option(
        help: ArgumentHelp(
            "Lines a second in the audit log for clients without an account, per network; 0 for no limit.",
            valueName: "number"))
    var auditPerNetwork = UnauthenticatedRateLimits().network ?? 0

    @Option(
        help: ArgumentHelp(
            "Lines a second in the audit log for all clients without an account; 0 for no limit.",
            valueName: "number"))
    var auditStrangers = UnauthenticatedRateLimits().all ?? 0

    /// The names of these options in settings files.
    static let names = [
        "signups-per-network", "signups-per-hour", "disk-reserve", "database-log-limit", "audit-per-network",
        "audit-strangers",
    ]

    func validate() throws {
        try OptionBounds.check(
            [
                "signups-per-network": signupsPerNetwork, "signups-per-hour": signupsPerHour,
                "audit-per-network": auditPerNetwork, "audit-strangers": auditStrangers,
            ], 0...OptionBounds.count.upperBound)
        try OptionBounds.check(["database-log-limit": databaseLogLimit], 1...(1 << 20))
    }

    var signUps: SignUpBounds {
        var bounds = SignUpBounds()
        bounds.network = signupsPerNetwork == 0 ? nil : signupsPerNetwork
        bounds.hour = signupsPerHour == 0 ? nil : signupsPerHour
        return bounds
    }

    var audit: UnauthenticatedRateLimits {
        var bounds = UnauthenticatedRateLimits()
        bounds.network = auditPerNetwork == 0 ? nil : auditPerNetwork
        bounds.all = auditStrangers == 0 ? nil : auditStrangers
        return bounds
    }

    private static func reserve(_ text: String) throws -> HeadRoom.Reserve {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        switch (parts.last.flatMap(bytes), parts.first.flatMap(percent)) {
        case (let size?, nil) where parts.count == 1: return .bytes(size)
        case (nil, let share?) where parts.count == 1: return .percent(share)
        case (let size?, let share?) where parts.count == 2: return .smaller(bytes: size, percent: share)
        case _: throw ValidationError("expected MiB, a percentage from 0% to 99%, or both separated by a comma")
        }
    }

    private static func bytes(_ text: Substring) -> Int64? {
        Int64(text).flatMap { 0...(1 << 30) ~= $0 ? $0 << 20 : nil }
    }

    private static func percent(_ text: Substring) -> Int64? {
        guard text.hasSuffix("%"), let percent = Int64(text.dropLast()), 0..<100 ~= percent else { return nil }
        return percent
    }
}
