import Signing
import TestKit
import Testing
import Wire

@testable import Commands

@Suite("Grants for plugins")
struct PluginGrantTests {
    @Test("The terms of a plugin are read from its settings")
    func read() throws {
        let grant = try #require(PluginGrant("guest-book=GUEST:user,GUESTS,x-1:once:user"))
        #expect(grant.plugin == "guest-book")
        #expect(
            grant.verbs == [
                "GUEST": .init(needsLogIn: true), "GUESTS": .init(),
                "X-1": .init(needsLogIn: true, isOnce: true),
            ])
        let services = try #require(PluginServices("guest-book=SIGN,VERIFY"))
        #expect(Set(services.verbs) == ["SIGN", "VERIFY"])
    }

    @Test(
        "Settings that are not valid terms are refused",
        arguments: [
            "", "p", "p=", "=V", "p=V,", "p=,V", "p=V,V", "p=v,V", "P=V", "p q=V", "keys=V", "auth=V", "admin=V",
            "p=V:root", "p=V:", "p=1V", "p=A-VERB-OF-17-LETTERS", "p=V W", "p/x=V",
        ])
    func refused(_ text: String) {
        #expect(PluginGrant(text) == nil)
        #expect(PluginServices(text) == nil)
    }

    @Test("Services have no terms")
    func services() {
        #expect(PluginServices("p=SIGN:user") == nil)
    }

    private static func spec(_ verb: Verb, _ access: Access = .anyone, isRepeatable: Bool = true) -> CommandSpec {
        CommandSpec(
            verb: verb, plugin: "anything", forms: [[]], access: access, isRepeatable: isRepeatable, summary: "x",
            help: "y")
    }

    private static func announce(
        _ specs: [CommandSpec], _ grant: String, to commands: PluginCommands
    ) throws -> [String] {
        commands.announced(specs, by: try #require(PluginGrant(grant))) { _, _, _, answer in answer(Answer(.done("x")))
        }
        .map { "\($0.verb): \($0.reason)" }.sorted()
    }

    @Test("A plugin cannot take a verb of the program or of another plugin")
    func taken() throws {
        let commands = PluginCommands()
        let own = Plugin.builtIns.flatMap { $0.specs.map(\.verb) } + SessionCommands.specs.map(\.verb)
        #expect(own.count > 30)
        for verb in own {
            #expect(try Self.announce([Self.spec(verb)], "p=\(verb)", to: commands) == ["\(verb): the verb is taken"])
        }
        #expect(try Self.announce([Self.spec("HI")], "p=HI", to: commands) == [])
        #expect(try Self.announce([Self.spec("HI")], "q=HI", to: commands) == ["HI: the verb is taken"])
        #expect(
            try Self.announce([Self.spec("HI"), Self.spec("HI")], "p=HI", to: commands) == ["HI: the verb is taken"])
        #expect(commands.manifest.specs.map(\.name) == ["HI"])
        #expect(commands.manifest.specs.map(\.plugin) == ["p"])
        // A new announcement replaces the earlier one.
        #expect(
            try Self.announce([Self.spec("HO")], "p=HI,HO", to: commands) == ["HI: the plugin does not announce it"])
        #expect(commands.manifest.specs.map(\.name) == ["HO"])
        #expect(try Self.announce([Self.spec("HI")], "q=HI", to: commands) == [])
    }

    @Test("Terms add restrictions to a declaration")
    func terms() throws {
        let commands = PluginCommands()
        let declared = [
            Self.spec("A"), Self.spec("B", .user), Self.spec("C", isRepeatable: false), Self.spec("D"), Self.spec("E"),
        ]
        _ = try Self.announce(declared, "p=A:user,B,C,D:once,E", to: commands)
        #expect(commands.manifest.specs.map(\.access) == [.user, .user, .anyone, .anyone, .anyone])
        #expect(commands.manifest.specs.map(\.isRepeatable) == [true, true, false, false, true])
    }

    @Test("A plugin cannot except a form of its command from the log-in that the command needs")
    func openForm() throws {
        let mark = Parameter.word("mark", key: "MARK").spec
        let declared = ["A", "B"].map { (verb: Verb) in
            CommandSpec(
                verb: verb, plugin: "anything", forms: [[], [mark]], access: .user, openForm: 1, isRepeatable: true,
                summary: "x", help: "y")
        }
        let commands = PluginCommands()
        _ = try Self.announce(declared, "p=A:user,B", to: commands)
        #expect(commands.manifest.specs.map(\.openForm) == [nil, nil])
        #expect(commands.manifest.specs.map { $0.access(ofForm: 1) } == [.user, .user])
    }

    @Test(
        "A plugin's answer is one that any command could give",
        arguments: [
            (Reply(250, "2.0.0", "x"), Reply(250, "2.0.0", "x")), (Reply(250, nil, "x"), Reply(250, "2.0.0", "x")),
            (Reply(250, "5.0.0", "x"), Reply(250, "2.0.0", "x")), (Reply(451, nil, "x"), Reply(451, "4.0.0", "x")),
            (Reply(550, "5.7.1", "x"), Reply(550, "5.7.1", "x")), (Reply(221, "2.0.0", "x"), Failure.notAnAnswer.reply),
            (Reply(220, nil, "x"), Failure.notAnAnswer.reply), (Reply(235, "2.7.0", "x"), Failure.notAnAnswer.reply),
            (Reply(334, nil, "x"), Failure.notAnAnswer.reply), (Reply(354, nil, "x"), Failure.notAnAnswer.reply),
            (Reply(421, "4.0.0", "x"), Failure.notAnAnswer.reply),
        ])
    func answers(_ given: Reply, _ shown: Reply) {
        for effect in [nil, Effect.token("t"), .loggedOut, .close, .startTLS] {
            #expect(PluginCommand.checked(Answer(given, effect: effect)) == Answer(shown))
        }
    }

    @Test("Only a command that changes nothing and takes no secret can be a service")
    func host() throws {
        let site = try Site()
        for verb in ["ENCRYPT", "DECRYPT", "SIGN", "PUBKEY", "VERIFY", "WHOAMI"] as [Verb] {
            _ = try PluginHost(site.gate, granted: [verb], to: "p")
        }
        for verb in ["SIGNUP", "LOGIN", "PASSWD", "NOOP", "ACCOUNTS", "NOPE"] as [Verb] {
            #expect(throws: PluginRefusal.self) { try PluginHost(site.gate, granted: [verb], to: "p") }
        }
    }

    @Test("A command whose answer may be a credential cannot be a service")
    func credentials() throws {
        let site = try Site()
        for verb in ["TOKEN", "CHALLENGE", "DATAKEY"] as [Verb] {
            #expect(throws: PluginRefusal("the answer to \(verb) is a credential")) {
                try PluginHost(site.gate, granted: [verb], to: "p")
            }
        }
        // The operator's commands are checked here as well. None of them is harmless.
        let harmless = Plugin.builtIns.flatMap(\.specs).filter { !$0.yieldsCredential }.map(\.verb.description)
        #expect(
            harmless.sorted() == [
                "DECRYPT", "ENCRYPT", "ERASE", "JWKS", "KEYS", "LISTKEYS", "MAC", "PUBKEY", "RANDOM", "RETIRE",
                "REWRAP",
                "ROTATE", "SIGN", "VERIFY", "WHOAMI",
            ])
        struct Coupon: ServedCommand {
            let spec: CommandSpec
            func run(_ call: Call) async throws -> Answer { Answer(.done("x")) }
        }
        let silent = CommandSpec("COUPON", access: .user, isRepeatable: true, summary: "Give a code", help: "A code.")
        let open = CommandSpec(
            "COUPON", access: .user, isRepeatable: true, yieldsCredential: false, summary: "Give a time",
            help: "A time.")
        for (spec, isGranted) in [(silent, false), (open, true)] {
            let registry = try Registry([Plugin(name: "shop", commands: [Coupon(spec: spec)])])
            let gate = Gate(registry, identities: try Bench().identities)
            let host = try? PluginHost(gate, granted: ["COUPON"], to: "p")
            #expect((host != nil) == isGranted)
        }
    }
}
