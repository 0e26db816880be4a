import ArgumentParser
import Foundation
import Link
import NIOCore
import Wire

/// The options of both daemons for the sessions that they hold.
package struct SessionOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("The host name in the greeting.", valueName: "host"))
    package var name = ProcessInfo.processInfo.hostName

    @Option(help: ArgumentHelp("Threads that serve connections.", valueName: "number"))
    package var threads = ProcessInfo.processInfo.activeProcessorCount

    @Option(
        help: ArgumentHelp("The most bytes of a request line, for a session that has logged in.", valueName: "bytes"))
    package var maxLine = Limits.session.line

    @Option(
        help: ArgumentHelp(
            "The most bytes of a message sent as text, for a session that has logged in.", valueName: "bytes"))
    package var maxText = Limits.session.text

    @Option(help: ArgumentHelp("The most bytes of a literal, for a session that has logged in.", valueName: "bytes"))
    package var maxLiteral = Limits.session.literal

    @Option(
        help: ArgumentHelp(
            "Bytes of memory for the bodies of all sessions together. (default: a quarter of the machine's memory)",
            valueName: "bytes"))
    package var bodyMemory: Int?

    @Option(help: ArgumentHelp("Seconds that a session may be idle.", valueName: "seconds"))
    package var idleTimeout = 600

    @Option(help: ArgumentHelp("Seconds in which a request must arrive, and then be answered.", valueName: "seconds"))
    package var requestTimeout = 30

    @Option(help: ArgumentHelp("Seconds to finish running requests before a stop.", valueName: "seconds"))
    package var drainTimeout = 10

    package init() {}

    /// The names of these options in the settings.
    package static let names = [
        "name", "threads", "max-line", "max-text", "max-literal", "body-memory", "idle-timeout", "request-timeout",
        "drain-timeout",
    ]

    package func validate() throws {
        guard !name.isEmpty, name.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw ValidationError("--name must be one word of printable ASCII")
        }
        try OptionBounds.check(["threads": threads], 1...1024)
        try OptionBounds.check(["max-line": maxLine, "max-text": maxText, "max-literal": maxLiteral], 1...Int.max)
        try OptionBounds.check(
            ["idle-timeout": idleTimeout, "request-timeout": requestTimeout, "drain-timeout": drainTimeout],
            OptionBounds.seconds)
        // These limits must fit into those of a link, with room for a sealed message of that size.
        guard maxLiteral <= Limits.link.literal, Limits.roomForSealed(maxLiteral) <= Limits.link.literal else {
            throw ValidationError("--max-literal must be at most 20 MiB")
        }
        guard maxText <= Limits.link.literal, Limits.roomForSealed(maxText) <= Limits.link.literal,
            maxLine <= Limits.link.line / 2
        else {
            throw ValidationError("--max-text must be at most 20 MiB, --max-line at most 32 KiB")
        }
        guard bodyMemory ?? .max >= largestBody else {
            throw ValidationError("--body-memory must be at least \(largestBody), for one body of the largest size")
        }
    }

    /// The bytes of the largest request that the limits allow.
    private var largestBody: Int {
        max(Limits.roomForSealed(maxLiteral), Limits.roomForSealed(maxText)) + maxLine
    }

    /// Returns the memory for bodies, which all sessions of a daemon share. It calls `refused` whenever no memory is
    /// left for a body.
    package func memory(refused: @escaping @Sendable () -> Void) -> BodyMemory {
        BodyMemory(limit: memoryLimit, largest: largestBody, refused: refused)
    }

    private var memoryLimit: Int { bodyMemory ?? max(MachineMemory.total / 4, largestBody) }

    /// The bytes of requests that may wait until one link takes them. The links of all threads to one server together
    /// have a quarter of the memory for bodies.
    package var unwritten: Int { max(memoryLimit / (4 * threads), UpstreamMachine.leastUnwritten) }

    package var limits: Limits { Limits(line: maxLine, text: maxText, literal: maxLiteral) }

    /// The settings that all sessions share. Each daemon adds its own to them.
    package var settings: SessionSettings {
        var settings = SessionSettings()
        settings.limits = limits
        settings.unauthenticated = unauthenticatedLimits
        settings.timeouts = timeouts
        return settings
    }

    private var unauthenticatedLimits: Limits {
        let standard = Limits.unauthenticated
        return Limits(
            line: min(standard.line, maxLine), text: min(standard.text, maxText),
            literal: min(standard.literal, maxLiteral))
    }

    private var timeouts: SessionTimeouts {
        SessionTimeouts(
            idle: .seconds(Int64(idleTimeout)), request: .seconds(Int64(requestTimeout)),
            reply: .seconds(Int64(requestTimeout)))
    }
}
