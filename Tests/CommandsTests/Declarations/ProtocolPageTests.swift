import Commands
import Foundation
import TestKit
import Testing
import Wire

@Suite("The refusals in clavero-protocol(7)")
struct ProtocolPageTests {
    /// An item of a list of refusals: its first line, such as `421 4.3.2 The text`, and the text below it.
    private struct Item {
        let line: String
        var remark: String
    }

    /// Returns the items of the subsection with the heading; those of the whole page if it is nil.
    private static func items(under heading: String? = nil) throws -> [Item] {
        let page = try String(contentsOf: Repository.root.appending(path: "man/clavero-protocol.7"), encoding: .utf8)
        var lines = page.components(separatedBy: "\n")[...]
        if let heading {
            lines = lines.drop { $0 != ".Ss \(heading)" }
            try #require(!lines.isEmpty, "there is no .Ss \(heading)")
            lines = lines.dropFirst().prefix { !$0.hasPrefix(".Ss ") && !$0.hasPrefix(".Sh ") }
        }
        var items: [Item] = []
        var isItem = false
        for line in lines {
            if let match = line.wholeMatch(of: /\.It Sy "?([45][0-9][0-9]\b.*?)"?/) {
                items.append(Item(line: String(match.1), remark: ""))
                isItem = true
            } else if line.hasPrefix(".It ") || line == ".El" {
                isItem = false
            } else if isItem {
                items[items.count - 1].remark += line + "\n"
            }
        }
        return items
    }

    /// Returns the refusals that the operator's commands declare, by verb.
    private static func ofTheOperator() throws -> [Verb: [Failure]] {
        let registry = try Site().adminRegistry
        let pairs = registry.manifest.specs.map { spec in
            (spec.verb, spec.failures)
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// Returns the refusal as the page writes it, with `n` for a limit.
    private static func line(_ failure: Failure) -> String {
        "\(failure.code) \(failure.enhanced) \(failure.text)".replacing("is 65536 bytes", with: "is n bytes")
    }

    @Test("The page lists each refusal of the protocol once")
    func ofTheProtocol() throws {
        let items = try Self.items(under: "Refusals of the protocol").map(\.line)
        #expect(items.sorted() == Refusals.ofTheProtocol.map(Self.line).sorted())
    }

    @Test("The page lists each refusal that all commands share once")
    func common() throws {
        let items = try Self.items(under: "Refusals common to all commands").map(\.line)
        let common = Failure.common.subtracting(Failure.ofTheProtocol)
        #expect(items.sorted() == common.map(Self.line).sorted())
    }

    @Test("The page lists each refusal of single commands once, with the verbs that declare it")
    func ofCommands() throws {
        var verbs: [String: Set<String>] = [:]
        for (verb, failures) in try Array(Refusals.ofCommands()) + Array(Self.ofTheOperator()) {
            for failure in failures { verbs[Self.line(failure), default: []].insert(verb.description) }
        }
        let items = try Self.items(under: "Refusals of single commands")
        #expect(items.map(\.line).sorted() == verbs.keys.sorted())
        for item in items {
            let named = item.remark.prefix { $0 != "." && $0 != ":" }.components(separatedBy: ", ")
            #expect(Set(named) == verbs[item.line], "\(item.line)")
        }
    }

    @Test("Every command has a section under its verb, and the page has no other such section")
    func sections() throws {
        let page = try String(contentsOf: Repository.root.appending(path: "man/clavero-protocol.7"), encoding: .utf8)
        let verbs = page.matches(of: #/(?m)^\.Ss ([A-Z]{3,})(?: |$)/#).map { String($0.1) }.filter { $0 != "HTTP" }
        let site = try Site()
        let specs = SessionCommands.specs + site.registry.manifest.specs + site.adminRegistry.manifest.specs
        #expect(Set(verbs) == Set(specs.map(\.verb.description)))
    }

    @Test("The page mentions no refusal outside the lists")
    func complete() throws {
        let all = try Refusals.all() + Self.ofTheOperator().values.flatMap { $0 }
        let known = Set(all.map(Self.line))
        #expect(Set(try Self.items().map(\.line)) == known)
    }
}
