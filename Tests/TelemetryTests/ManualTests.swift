import Foundation
import TestKit
import Testing

@testable import Telemetry

@Suite("The metrics in the manual")
struct ManualTests {
    private static let programs = [("claverod", Metric.serverMetrics), ("clavero-proxy", Metric.proxyMetrics)]

    /// Returns a metric as a list item in mdoc(7).
    private static func item(_ metric: Metric) -> String {
        let article = "A \(metric.kind.rawValue)"
        let labels = metric.labels.map { ".Cm \($0)" }.joined(separator: "\nand\n")
        let kind = labels.isEmpty ? "\(article)." : "\(article), by\n\(labels) ."
        return ".It Cm \(metric.name)\n\(kind)\n\(lines(metric.help))\n"
    }

    /// Begins each sentence on a line of its own, and wraps the lines, like the pages.
    private static func lines(_ text: String) -> String {
        text.replacing(/\.\ (?=[A-Z])/, with: ".\n").split(separator: "\n").map { wrapped($0) }.joined(separator: "\n")
    }

    /// Wraps a sentence into lines of at most 79 bytes.
    private static func wrapped(_ text: Substring) -> String {
        var lines = [""]
        for word in text.split(separator: " ") {
            let longer = lines.last!.isEmpty ? String(word) : "\(lines.last!) \(word)"
            if longer.utf8.count <= 79 { lines[lines.count - 1] = longer } else { lines.append(String(word)) }
        }
        return lines.joined(separator: "\n")
    }

    private static func section(_ program: String) throws -> String {
        let page = try String(contentsOf: Repository.root.appending(path: "man/\(program).8"), encoding: .utf8)
        let section = page.components(separatedBy: "\n.Sh ").first { $0.hasPrefix("METRICS\n") }
        return try #require(section, "there is no .Sh METRICS") + "\n"
    }

    @Test("A page lists each metric with its declaration", arguments: programs)
    func list(_ program: String, _ metrics: [Metric]) throws {
        let list = ".Bl -tag -width Ds\n" + metrics.map(Self.item).joined() + ".El\n"
        #expect(try Self.section(program).contains(list), "the list should be:\n\(list)")
    }

    @Test("The server's page lists the bounds of the buckets")
    func bounds() throws {
        let units =
            [("microseconds", 1_000, 1_000_000), ("milliseconds", 1_000_000, 1_000_000_000)] as [(String, Int64, Int64)]
        var parts = units.map { name, unit, end in
            Self.list(HistogramCell.bounds.filter { unit..<end ~= $0 }, in: unit) + " \(name)"
        }
        parts.append("and \(Self.list(HistogramCell.bounds.filter { $0 >= 1_000_000_000 }, in: 1_000_000_000)) seconds")
        let text = try Self.section("claverod").split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let sentence = "A histogram's buckets end at \(parts.joined(separator: ", "))."
        #expect(text.contains(sentence), "\(sentence)")
    }

    private static func list(_ nanoseconds: [Int64], in unit: Int64) -> String {
        let numbers = nanoseconds.map { "\(Double($0) / Double(unit))".replacing(/\.0$/, with: "") }
        return numbers.dropLast().joined(separator: ", ") + " and \(numbers.last!)"
    }
}
