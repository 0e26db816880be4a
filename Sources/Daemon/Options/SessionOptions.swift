import ArgumentParser
import Foundation
import Link
import NIOCore
import Wire

/// The options of both daemons for the sessions that they hold.
package struct SessionOptions: ParsableArguments, Sendable {
    @Option(help: "The host name in the greeting.")
    package var name = ProcessInfo.processInfo.hostName

    @Option(help: "Threads that serve connections.")
    package var threads = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "The most bytes of a request line, for a session that has logged in.")
    package var maxLine = Limits.session.line

    @Option(help: "The most bytes of a message sent as text, for a session that has logged in.")
    package var maxText = Limits.session.text

    @Option(help: "The most bytes of a literal, for a session that has logged in.")
    package var maxLiteral = Limits.session.literal

    @Option(
        help: "Bytes of memory for the bodies of all sessions together. (default: a quarter of the machine's memory)")
    package var bodyMemory: Int?

    @Option(help: "Seconds that a session may be idle.")
    package var idleTimeout = 600

    @Option(help: "Seconds in which a request must arrive, and then be answered.")
    package var requestTimeout = 30

    @Option(help: "Seconds to finish running requests before a stop.")
    package var drainTimeout = 10

    package init() {}

    /// The names of these options in the settings.
    package static let names = [
        "name", "threads", "max-line", "max-text", "max-literal", "body-memory", "idle-timeout", "request-timeout",
        "drain-timeout",
    ]

    package func validate() throws {
        let positive = [
            ("threads", threads), ("max-line", maxLine), ("max-text", maxText), ("max-literal", maxLiteral),
            ("idle-timeout", idleTimeout), ("request-timeout", requestTimeout), ("drain-timeout", drainTimeout),
        ]
        guard !name.isEmpty, name.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw ValidationError("--name must be one word of printable ASCII")
        }
        for (name, value) in positive where value < 1 { throw ValidationError("--\(name) must be at least 1") }
        guard bodyMemory ?? .max >= largestBody else {
            throw ValidationError("--body-memory must be at least \(largestBody), for one body of the largest size")
        }
        // These limits must fit into those of a link, with room for a sealed message of that size.
        guard Limits.roomForSealed(maxLiteral) <= Limits.link.literal else {
            throw ValidationError("--max-literal must be at most 20 MiB")
        }
        guard Limits.roomForSealed(maxText) <= Limits.link.literal, maxLine <= Limits.link.line / 2 else {
            throw ValidationError("--max-text must be at most 20 MiB, --max-line at most 32 KiB")
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
