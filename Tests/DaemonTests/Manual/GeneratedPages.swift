import ArgumentParser
import Daemon
import Foundation
import TestKit
import Testing
import Wire

@testable import Commands
@testable import Proxy
@testable import Server

/// The parts of the manual that are made from the declarations. `make docs` writes them.
enum GeneratedPages {
    /// The files of all pages.
    static var pages: [URL] {
        let folder = Repository.root.appending(path: "man")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.sorted { $0.path < $1.path }
    }

    /// Returns the page with its generated parts made anew, and the names of these parts. A part lies between `.\"
    /// generated: NAME` and `.\" end of generated`.
    static func regenerated(_ page: String) throws -> (text: String, parts: [String]) {
        var lines: [Substring] = []
        var parts: [String] = []
        var isInside = false
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            if let match = line.wholeMatch(of: /\.\\" generated: (.*)/) {
                guard !isInside else { throw Mismatch("a generated part within another: \(line)") }
                isInside = true
                parts.append(String(match.1))
                lines.append(line)
                lines += try part(String(match.1)).map { $0[...] }
            } else if line == ".\\\" end of generated" {
                isInside = false
                lines.append(line)
            } else if !isInside {
                lines.append(line)
            }
        }
        guard !isInside else { throw Mismatch("a generated part without its end") }
        return (lines.joined(separator: "\n"), parts)
    }

    private static func part(_ name: String) throws -> [String] {
        let words = name.split(separator: " ").map(String.init)
        switch words.first {
        case "command": return try command(words[1])
        case "operator": return try operatorCommand(words[1])
        case "settings": return try settings(of: words[1])
        default: throw Mismatch("no such generated part: \(name)")
        }
    }

    // MARK: - Commands

    static let specs = Dictionary(
        uniqueKeysWithValues: Plugin.builtIns.flatMap { plugin, specs in
            specs.map { ($0.name, (plugin, $0)) }
        })

    private static func command(_ verb: String) throws -> [String] {
        if let (plugin, spec) = specs[verb] {
            return section(spec, served: plugin == "admin" ? "every server, on its admin socket" : plugin)
        }
        guard let spec = SessionCommands.specs.first(where: { $0.name == verb }) else {
            throw Mismatch("no such command: \(verb)")
        }
        return section(spec, served: "every session itself")
    }

    /// Returns the part for one of the proxy's own commands.
    private static func operatorCommand(_ verb: String) throws -> [String] {
        guard let spec = OperatorResponder.table.specs.first(where: { $0.name == verb }) else {
            throw Mismatch("no such command of the proxy's: \(verb)")
        }
        return section(spec, served: "the proxy, on its admin socket")
    }

    private static func section(_ spec: CommandSpec, served: String) -> [String] {
        facts(spec, served: served) + help(spec) + refusals(spec.failures)
    }

    private static func facts(_ spec: CommandSpec, served: String) -> [String] {
        let access =
            switch spec.access {
            case .anyone: "anybody"
            case .user where spec.needsRecentLogIn: "a user who logged in by password or key in the last 10 minutes"
            case .user: "a logged-in user"
            case .operator: "the operator"
            }
        let others = spec.openOptions.map { "; anybody, with \($0)" }.joined()
        return [
            ".Bl -tag -width repeatable -compact", ".It usage", ".Li \(escaped(spec.usage))", ".It served by", served,
            ".It for",
        ] + wrapped(access + others) + [".It repeatable", spec.isRepeatable ? "yes" : "no", ".El", ".Pp"]
    }

    private static func help(_ spec: CommandSpec) -> [String] { wrapped("\(spec.summary). \(spec.help)") }

    private static func refusals(_ failures: [Failure]) -> [String] {
        guard !failures.isEmpty else { return [] }
        let lines = failures.sorted { ($0.code, $0.enhanced, $0.text) < ($1.code, $1.enhanced, $1.text) }
        return [".Pp", "Its own refusals:", ".Bl -item -compact -offset indent"]
            + lines.flatMap { [".It"] + wrapped("\($0.code) \($0.enhanced) \($0.text)") } + [".El", ".Pp"]
    }

    // MARK: - Settings

    /// The sections of clavero.conf(5).
    static let sections = ["every", "servers", "keys", "auth", "proxy"]

    private struct Setting: Equatable {
        let name: String
        let value: String
        let text: String
    }

    /// Returns the settings of a section. A setting that both daemons have is in the first section, unless it differs.
    private static func settings(of section: String) throws -> [String] {
        let server = settings(
            ServerProgram.helpMessage(for: Serve.self, columns: 10_000), repeatable: PluginOptions.repeatable)
        let proxy = settings(
            ProxyProgram.helpMessage(for: ClaveroProxy.self, columns: 10_000), repeatable: ClaveroProxy.repeatable)
        let own = ServiceSettings.keys.union(ServiceSettings.auth)
        let chosen =
            switch section {
            case "every": server.filter(proxy.contains)
            case "servers": server.filter { !proxy.contains($0) && !own.contains($0.name) }
            case "keys": server.filter { ServiceSettings.keys.contains($0.name) }
            case "auth": server.filter { ServiceSettings.auth.contains($0.name) }
            case "proxy": proxy.filter { !server.contains($0) }
            default: throw Mismatch("no such section: \(section)")
            }
        return [".Bl -tag -width indent"]
            + chosen.flatMap { [".It Cm \($0.name) No = Ar \($0.value)"] + wrapped($0.text) } + [".El"]
    }

    private static func settings(_ help: String, repeatable: Set<String>) -> [Setting] {
        let lines = help.replacing(/\n {20,}/, with: " ")
        let items = lines.matches(of: /(?m)^ +--([a-z-]+) <([^>]+)> +(.*)$/).filter { $0.1 != "config" }
        return items.map { item in
            let separated = repeatable.contains(String(item.1)) ? [" Values are separated by blanks."] : []
            let text =
                withoutMachine(String(item.1), String(item.3)).replacing(" May be given repeatedly.", with: "")
                + separated.joined()
            return Setting(name: String(item.1), value: String(item.2), text: text)
        }
    }

    /// Replaces a default that depends on the machine by a description of it.
    private static func withoutMachine(_ name: String, _ text: String) -> String {
        guard let own = ofTheMachine[name] else { return text }
        return text.replacing(/\(default: .*\)$/, with: "(default: \(own))").replacing(
            /\.$/, with: ". (default: \(own))")
    }

    private static let ofTheMachine = [
        "threads": "as many as there are processors", "hasher-threads": "as many as there are processors",
        "name": "the machine's host name",
    ]

    // MARK: - Text

    /// Returns lines with one sentence each, as mdoc(7) demands. None is longer than 80 columns.
    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            let isAtEnd = lines.last.map { $0.hasSuffix(".") || $0.hasSuffix(".)") } ?? true
            let isNewSentence = isAtEnd && (word.first!.isUppercase || word.hasPrefix("("))
            if !isNewSentence, !lines.isEmpty, lines.last!.count + word.count < 80 {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.map(escaped)
    }

    private static func escaped(_ text: String) -> String {
        let text = text.replacing("\\", with: "\\e")
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&\(text)" : text
    }
}

@Suite("The generated parts of the manual")
struct GeneratedPagesTests {
    /// Whether the test writes the pages: `make docs` sets the variable.
    private static let writes = ProcessInfo.processInfo.environment["CLAVERO_WRITE_DOCS"] != nil

    @Test(
        "The generated parts match the declarations, and make docs writes them", arguments: GeneratedPages.pages)
    func pages(_ file: URL) throws {
        let page = try String(contentsOf: file, encoding: .utf8)
        let (text, _) = try GeneratedPages.regenerated(page)
        if Self.writes, text != page { try text.write(to: file, atomically: true, encoding: .utf8) }
        #expect(Self.writes || text == page, "\(file.lastPathComponent): run make docs")
    }

    @Test("Each command has a generated part, and so have the settings of each service")
    func complete() throws {
        let parts = try GeneratedPages.pages.flatMap { file in
            try GeneratedPages.regenerated(String(contentsOf: file, encoding: .utf8)).parts
        }
        let verbs = SessionCommands.specs.map(\.name) + GeneratedPages.specs.keys
        let operators = OperatorResponder.table.specs.map { "operator \($0.name)" }
        let all = verbs.map { "command \($0)" } + operators + GeneratedPages.sections.map { "settings \($0)" }
        #expect(parts.sorted() == all.sorted())
    }
}
