import Commands
import NIOCore
import TestKit
import Testing

@testable import Wire

/// All refusals, by the part that gives them.
enum Refusals {
    /// The refusals of the protocol, including those that are defined beside their command.
    static let ofTheProtocol =
        Failure.ofTheProtocol + [
            Help.unknown, .usage("synopsis"), .literalTooLarge(64 << 10), .textTooLarge(64 << 10),
        ]

    /// Returns the refusals that each command declares, by verb.
    static func ofCommands() throws -> [Verb: [Failure]] {
        let registry = try Site().registry
        let pairs = registry.manifest.specs.map { spec in
            (spec.verb, spec.failures)
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    static func ofTheOperator() throws -> [Failure] {
        let registry = try Site().adminRegistry
        return registry.specs.flatMap(\.failures)
    }

    static func all() throws -> [Failure] {
        try ofTheProtocol + Failure.common + ofCommands().values.flatMap { $0 }
    }
}

@Suite("Every declaration")
struct DeclarationTests {
    private static func specs() throws -> [CommandSpec] {
        let site = try Site()
        return site.registry.manifest.specs + site.adminRegistry.manifest.specs + SessionCommands.specs
    }

    @Test("Every declaration has help, and a summary of one short line without a full stop")
    func words() throws {
        for spec in try Self.specs() {
            #expect((1..<60).contains(spec.summary.count), "\(spec.verb)")
            #expect(spec.summary.allSatisfy { !$0.isNewline } && !spec.summary.hasSuffix("."), "\(spec.verb)")
            #expect(spec.help.hasSuffix(".") && spec.help.allSatisfy { !$0.isNewline }, "\(spec.verb)")
        }
    }

    @Test("Every declaration can be parsed from its own text")
    func roundTrip() throws {
        for spec in try Self.specs() {
            let text = spec.declaration
            let read = try #require(
                CommandSpec(declaration: RequestLine(head: ByteBuffer(string: text))), "\(spec.verb)")
            #expect(read.verb == spec.verb)
            #expect(read.plugin == spec.plugin)
            #expect(read.access == spec.access)
            #expect(read.openForm == spec.openForm)
            #expect(read.isRepeatable == spec.isRepeatable)
            #expect(read.result == spec.result)
            #expect(read.summary == spec.summary)
            #expect(read.help == spec.help)
            #expect(read.declaration == text)
            #expect(text.utf8.allSatisfy { 0x20...0x7E ~= $0 }, "\(spec.verb)")
        }
    }

    @Test("Every declaration lists each refusal once, and lists no refusal that all commands share")
    func declared() throws {
        for (verb, failures) in try Refusals.ofCommands() {
            #expect(Set(failures).count == failures.count, "\(verb)")
            #expect(Failure.common.isDisjoint(with: failures), "\(verb)")
            #expect(Set(Refusals.ofTheProtocol).isDisjoint(with: failures), "\(verb)")
        }
    }

    @Test("Each cause of a refusal has its own text")
    func texts() throws {
        let all = Set(try Refusals.all())
        for (text, failures) in Dictionary(grouping: all, by: \.text) {
            #expect(failures.count == 1, "\(text)")
        }
        #expect(Set(Failure.ofTheProtocol).count == Failure.ofTheProtocol.count)
    }

    @Test("Every refusal has an enhanced code of its code's class and a text in printable ASCII")
    func codes() throws {
        for failure in try Refusals.all() {
            #expect((400..<600).contains(failure.code), "\(failure.text)")
            // RFC 3463, section 2, defines the form of an enhanced code: class "." 1*3digit "." 1*3digit.
            let parts = try #require(failure.enhanced.wholeMatch(of: /([245])\.[0-9]{1,3}\.[0-9]{1,3}/)).output
            #expect(parts.1 == "\(failure.code / 100)", "\(failure.text)")
            #expect(failure.text.utf8.allSatisfy { 0x20...0x7E ~= $0 } && !failure.text.isEmpty, "\(failure.text)")
        }
    }

    /// The test guards against a fault like Vault #22852, where the server used a caller's nonce.
    @Test("No command takes a value that the server must choose itself")
    func noNonce() throws {
        let chosen = ["nonce", "iv", "salt", "seed", "random", "keymaterial", "privatekey", "secretkey", "time", "now"]
        for spec in try Self.specs() {
            for parameter in spec.forms.joined() {
                for name in [parameter.label, parameter.key ?? ""] {
                    let folded = name.lowercased().filter(\.isLetter)
                    #expect(
                        !chosen.contains { folded == $0 || folded.hasPrefix($0) || folded.hasSuffix($0) }, "\(name)")
                }
            }
        }
    }

    /// The test guards against a fault like Vault #29532 and OpenBao #1827, where one verb accepted associated data
    /// and a related verb did not.
    @Test("All commands that seal, open or tag a message take a context, and none but these")
    func contexts() throws {
        let sealing: Set = ["ENCRYPT", "DECRYPT", "REWRAP", "DATAKEY", "MAC"]
        for spec in try Self.specs() {
            let isSealing = sealing.contains(spec.name)
            #expect(isSealing || spec.result != .sealed && !spec.takesSealed, "\(spec.verb)")
            for form in spec.forms { #expect(form.contains { $0.key == "CONTEXT" } == isSealing, "\(spec.verb)") }
        }
    }
}
