import NIOCore
import Testing

@testable import Wire

@Suite("Requests")
struct RequestTests {
    @Test(
        "Words, options and messages are distinguished",
        arguments: [
            ("ECHO hello", Sample.echo, [nil, "hello"]),
            ("echo  to=Bob,alice,BOB  hello there ", Sample.echo, ["bob,alice", "hello there "]),
            ("ECHO \"TO=bob\"", Sample.echo, [nil, "TO=bob"]),
            ("ECHO TOO=bob", Sample.echo, [nil, "TOO=bob"]),
            ("ECHO \"\"", Sample.echo, [nil, ""]),
            (#"ECHO "a \"b\" \\ c""#, Sample.echo, [nil, #"a "b" \ c"#]),
            ("ECHO {5+}\r\na\r\nb ", Sample.echo, [nil, "a\r\nb "]),
            ("ECHO TO={3+}\r\nbob {2+}\r\nhi", Sample.echo, ["bob", "hi"]),
            ("NAME Alice \"correct horse\"", Sample.name, ["alice", "correct horse"]),
            ("NAME Alice", Sample.name, ["alice", nil]),
            ("NAME alice A=B", Sample.name, ["alice", "A=B"]),
            ("CHECK mark", Sample.check, ["mark", nil]),
            ("CHECK {4+}\r\nmark the rest", Sample.check, ["mark", "the rest"]),
            ("CHECK TOKEN=abc", Sample.check, ["abc"]),
            ("BARE", Sample.bare, []),
        ] as [(String, CommandSpec, [String?])])
    func read(_ line: String, _ spec: CommandSpec, _ words: [String?]) throws {
        #expect(try Request(line, spec).words == words)
    }

    @Test(
        "A request that does not fit the declaration is refused",
        arguments: [
            ("BARE x", Sample.bare, Failure.usage("BARE")),
            ("BARE A=x", Sample.bare, .unknownOption),
            ("NAME", Sample.name, .usage("NAME name [password]")),
            ("NAME A=x", Sample.name, .unknownOption),
            ("NAME alice b c", Sample.name, .usage("NAME name [password]")),
            ("NAME .alice", Sample.name, .badName),
            ("CHECK TOKEN=a b", Sample.check, .usage("CHECK mark message | CHECK TOKEN=token")),
            ("CHECK mark TOKEN=a b", Sample.check, .usage("CHECK mark message | CHECK TOKEN=token")),
            ("CHECK", Sample.check, .usage("CHECK mark message | CHECK TOKEN=token")),
            ("ECHO TO=a TO=b x", Sample.echo, .doubledOption),
            ("ECHO TO= x", Sample.echo, .emptyOption),
            ("ECHO TO=a,,b x", Sample.echo, .badName),
            ("ECHO \"a", Sample.echo, .unterminatedQuote),
            ("ECHO \"a\"b", Sample.echo, .afterQuote),
            ("ECHO \"a\" b", Sample.echo, .afterQuote),
            ("ECHO a {1+}\r\nb", Sample.echo, .mixedMessage),
            ("ECHO {1+}\r\nb c", Sample.echo, .mixedMessage),
            ("NAME {1+}\r\nab", Sample.name, .afterQuote),
        ] as [(String, CommandSpec, Failure)])
    func refuse(_ line: String, _ spec: CommandSpec, _ failure: Failure) {
        #expect(throws: failure) { try Request(line, spec) }
    }

    @Test("A request knows the form of its message and its missing argument")
    func forms() throws {
        #expect(try Request("ECHO x", Sample.echo).bodyForm == .line)
        #expect(try Request("ECHO {1+}\r\nx", Sample.echo).bodyForm == .literal)
        #expect(try Request("ECHO TO=bob", Sample.echo).missing?.parameter.label == "message")
        #expect(try Request("NAME bob", Sample.name).missing?.parameter.label == "password")
        #expect(try Request("NAME bob x", Sample.name).missing == nil)
    }

    @Test(
        "A request on a link has the same meaning, whatever it contains",
        arguments: [
            ("ECHO TO=bob,alice attack at dawn", Sample.echo), ("ECHO {8+}\r\n#1 0\r\n\r\n", Sample.echo),
            ("ECHO \"\"", Sample.echo), ("NAME alice \"#7 0 END\"", Sample.name), ("CHECK a{3+} x", Sample.check),
            ("CHECK \"a b\" x {3}y", Sample.check), ("CHECK TOKEN=a.b-c", Sample.check), ("BARE", Sample.bare),
        ])
    func link(_ line: String, _ spec: CommandSpec) throws {
        let request = try Request(line, spec)
        var outbox = Outbox()
        request.writeMessage(into: &outbox)
        #expect(outbox.count == request.messageSize)
        let again = try Request.read(outbox.takeJoined(), Manifest([spec]))
        #expect(again == request)
    }

    @Test("Names are folded to lower case and limited in length")
    func names() {
        #expect(AccountName("Alice.B_c@d+e-9")?.description == "alice.b_c@d+e-9")
        #expect(AccountName(String(repeating: "a", count: 64)) != nil)
        for bad in ["", ".a", "-a", "a b", "é", "a/b", "a\0", String(repeating: "a", count: 65), "ａ", "ı"] {
            #expect(AccountName(bad) == nil)
        }
    }

    @Test("Verbs are equal regardless of case, and have a text form")
    func verbs() {
        #expect(Verb("quit".utf8) == "QUIT")
        #expect(Verb("A-VERB-OF-SIXTEE".utf8)?.description == "A-VERB-OF-SIXTEE")
        #expect(Verb("A".utf8) != Verb("AA".utf8))
        #expect(Verb("ABCDEFGH".utf8) != Verb("ABCDEFGHI".utf8))
        for bad in ["", "1A", "-A", "A_B", "A-VERB-OF-SIXTEEN", "É"] { #expect(Verb(bad.utf8) == nil) }
    }

    @Test("A declaration is read as it was written")
    func declarations() throws {
        for spec in [Sample.echo, Sample.name, Sample.open, Sample.check, Sample.seal, Sample.bare] {
            let again = try #require(CommandSpec(declaration: RequestLine(spec.declaration)))
            #expect(again.declaration == spec.declaration)
            #expect(again.forms == spec.forms)
        }
        #expect(CommandSpec(declaration: RequestLine("X ARGS=\"\" ACCESS=anyone FUTURE=1")) != nil)
        for bad in [
            "X ARGS=\"\"", "X ACCESS=everyone", "1X ACCESS=anyone", "X ARGS=\"a:b\" ACCESS=anyone", "X ACCESS=anyone y",
            "X ACCESS=anyone HELP=\"\(String(repeating: "h", count: 8000))\"",
        ] {
            #expect(CommandSpec(declaration: RequestLine(bad)) == nil, "\(bad)")
        }
    }
}
