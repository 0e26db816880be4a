import ArgumentParser
import Commands
import Daemon
import Foundation
import Seal
import Store

/// The options for signing up, passwords and log-in.
struct AccountOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "The cost of hashing a password: log2(N), r and p of scrypt. (default: \(PasswordCost.standard))",
            valueName: "cost"),
        transform: { text in
            guard let cost = PasswordCost(text) else {
                throw ValidationError("expected log2(N), r and p, such as \(PasswordCost.standard)")
            }
            return cost
        })
    var passwordCost = PasswordCost.standard

    @Option(help: ArgumentHelp("Threads that hash passwords.", valueName: "number"))
    var hasherThreads = ProcessInfo.processInfo.activeProcessorCount

    @Option(
        help: ArgumentHelp(
            "The most passwords that may wait or be hashed at once. Further ones are refused.", valueName: "number"))
    var hasherQueue = 64

    @Option(help: ArgumentHelp("Who may sign up: open, invited or closed.", valueName: "policy"))
    var signUp = SignUpPolicy.open

    @Option(help: ArgumentHelp("Seconds until a token expires.", valueName: "seconds"))
    var tokenLifetime = 3600

    @Option(
        help: ArgumentHelp(
            "Wrong log-ins for one account from one network until further ones are refused for a while.",
            valueName: "number"))
    var throttleLimit = LogInThrottle.Policy().limit

    @Option(
        help: ArgumentHelp(
            "Wrong log-ins from one network, for any accounts, until further ones are refused for a while.",
            valueName: "number"))
    var throttleNetworkLimit = LogInThrottle.Policy().networkLimit

    @Option(
        help: ArgumentHelp(
            """
            Seconds until wrong log-ins are forgotten: after the last one for an account, after the first one for a \
            network.
            """, valueName: "seconds"))
    var throttleWindow = LogInThrottle.Policy().window

    @Option(
        help: ArgumentHelp(
            "Days after which a key of an account is rotated, when it is next used. 0: keys are not rotated by age.",
            valueName: "days"))
    var rotateKeys = 0

    @Option(
        help: ArgumentHelp(
            """
            Versions of a key that stay live when --rotate-keys rotates it. Older ones are retired. 0: all stay live.
            """, valueName: "number"))
    var retireKeys = 0

    /// The names of these options in settings files.
    static let names = [
        "password-cost", "hasher-threads", "hasher-queue", "sign-up", "token-lifetime", "throttle-limit",
        "throttle-network-limit", "throttle-window", "rotate-keys", "retire-keys",
    ]

    /// The age at which a key is rotated, in seconds; nil if keys are not rotated by age.
    var rotationAge: Int? { rotateKeys == 0 ? nil : rotateKeys * 86_400 }

    var keyBounds: KeyBounds { KeyBounds(keeping: retireKeys == 0 ? nil : retireKeys) }

    var throttle: LogInThrottle.Policy {
        var policy = LogInThrottle.Policy()
        (policy.limit, policy.networkLimit, policy.window) = (throttleLimit, throttleNetworkLimit, throttleWindow)
        return policy
    }

    func validate() throws {
        try OptionBounds.check(["hasher-threads": hasherThreads], 1...1024)
        try OptionBounds.check(["hasher-queue": hasherQueue], 1...1_000_000)
        try OptionBounds.check(
            ["throttle-limit": throttleLimit, "throttle-network-limit": throttleNetworkLimit], OptionBounds.count)
        try OptionBounds.check(["rotate-keys": rotateKeys], 0...36_500)
        try OptionBounds.check(["retire-keys": retireKeys], 0...KeyBounds().live)
        try OptionBounds.check(
            ["token-lifetime": tokenLifetime, "throttle-window": throttleWindow], OptionBounds.seconds)
    }
}

extension SignUpPolicy: ExpressibleByArgument {}
