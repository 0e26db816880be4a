import Armor
import NIOCore
import Seal
import Store
import TestKit
import Testing
import Wire

@Suite("Keys and random bytes that clients get")
struct DataKeyTests {
    private let bench: Bench
    private let token: String

    init() async throws {
        bench = try Bench()
        for name in ["alice", "bob"] { _ = try await bench.answer("SIGNUP \(name) \"correct horse\"") }
        token = try await bench.logIn()
    }

    private func body(_ line: String) async throws -> String { try await bench.answer(line, token: token).body }

    /// Returns the text form of a sealed message.
    private static func text(_ sealed: ByteBuffer?) throws -> String {
        let text = sealed.flatMap { MessageArmor.encode($0.readableBytesSpan) }
        return String(decoding: try #require(text), as: UTF8.self)
    }

    @Test("The sealed key is the key in clear, and each key is new")
    func clear() async throws {
        var seen: Set<[UInt8]> = []
        for options in ["", " TO=alice,bob", " CONTEXT=x"] {
            let lines = try await body("DATAKEY\(options)").split(separator: "\n").map(String.init)
            try #require(lines.count == 2)
            let key = try #require(Base64.decode(lines[0], padded: true))
            let context = options == " CONTEXT=x" ? options : ""
            let opened = try await bench.answer("DECRYPT\(context) \(lines[1])", token: token).reply.body
            #expect(opened.map { Array($0.readableBytesView) } == key)
            #expect(key.count == 32 && seen.insert(key).inserted)
            #expect(try await body("DATAKEY SEALED=only\(options)").hasPrefix("clv1."))
        }
    }

    @Test("RANDOM gives as many bytes as it is asked for, and other ones each time")
    func random() async throws {
        var seen: Set<String> = []
        for count in [1, 2, 3, 31, 32, 33, 1023, 1024] {
            let text = try await body("RANDOM \(count)")
            #expect(Base64.decode(text, padded: true)?.count == count)
        }
        for _ in 0..<16 { #expect(seen.insert(try await body("RANDOM")).inserted) }
        #expect(seen.allSatisfy { Base64.decode($0, padded: true)?.count == 32 })
    }

    @Test("REWRAP seals for the recipients' newest keys, and keeps their order, the sender and the context")
    func rewrap() async throws {
        let names = (0..<20).map { "user\($0)" }
        for name in names { _ = try await bench.answer("SIGNUP \(name) \"correct horse\"") }
        let list = (["bob"] + names).joined(separator: ",")
        let sealed = try await bench.answer("ENCRYPT CONTEXT=x TO=\(list) hello", token: token).reply.body
        let text = try Self.text(sealed)
        let root = bench.rootKey
        let added = try await bench.store.addKeys([.encryption], to: "bob") { purpose, version in
            AccountKey(
                account: "bob", purpose: purpose, version: version, rootID: root.id,
                wrapped: try root.wrap(
                    .random(count: 32), account: "bob", purpose: purpose.rawValue, version: version),
                publicKey: nil, created: 0)
        }
        guard case .added = added else { throw Mismatch("\(added)") }
        let bob = try await bench.logIn("bob")
        let again = try #require(try await bench.answer("REWRAP CONTEXT=x \(text)", token: bob).reply.body)
        let header = try EnvelopeHeader(parsing: again.readableBytesSpan)
        #expect(header.recipients.map(\.name) == ["bob"] + names)
        #expect(header.recipients.map(\.version) == [2] + names.map { _ in 1 })
        #expect(header.sender == "alice" && header.hasContext)
        let new = try Self.text(again)
        for sealed in [text, new] {
            #expect(try await bench.answer("DECRYPT CONTEXT=x \(sealed)", token: bob).body == "hello")
        }
    }

    @Test("Two servers make one key for tags, and check each other's tags")
    func tags() async throws {
        let second = try Bench(beside: bench)
        let (bench, token) = (bench, token)
        async let first = bench.answer("MAC hello", token: token).body
        async let other = second.answer("MAC hello", token: token).body
        let tags = try await [first, other]
        #expect(tags[0] == tags[1] && tags[0].hasPrefix("clvm1.alice.1."))
        for tag in tags {
            for server in [bench, second] {
                #expect(
                    try await server.answer("MAC TAG=\(tag) hello", token: token).line
                        == "250 2.0.0 alice made this with key 1")
            }
        }
        #expect(bench.reports == [] && second.reports == [])
    }
}
