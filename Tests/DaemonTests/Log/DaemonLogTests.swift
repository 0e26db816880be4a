import Foundation
import Logging
import Testing

@testable import Daemon

@Suite("The log of a daemon")
struct DaemonLogTests {
    /// Returns whether the character can end a line, control a terminal, or change the direction of text: Unicode's
    /// categories Cc, Zl and Zp, and its property Bidi_Control.
    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: scalar.properties.isBidiControl
        }
    }

    private static let everything = String(
        String.UnicodeScalarView((0...0x3000).compactMap(Unicode.Scalar.init) + ["\u{FEFF}", "🔑"]))

    @Test("Neither form lets harmful characters through, and both leave everything else unchanged")
    func escaping() throws {
        for written in [LogFormat.escaped(Self.everything), LogFormat.quoted(Self.everything)] {
            let found = written.unicodeScalars.filter(Self.isHarmful)
            #expect(found.isEmpty, "\(found.map { String($0.value, radix: 16) })")
        }
        let harmless = "a \"quoted\" ñandú 🔑 \\ e\u{301}"
        #expect(LogFormat.escaped(harmless) == harmless)
        #expect(LogFormat.escaped("a\r\nb\u{1b}[2J\u{202e}") == "a\\u{d}\\u{a}b\\u{1b}[2J\\u{202e}")
    }

    @Test("A JSON string can be read again without a change")
    func json() throws {
        for text in [Self.everything, "", "\"", "\\", "\\u0041", "a\r\nb", "\u{2028}\u{61c}"] {
            let document = Data("[\(LogFormat.quoted(text))]".utf8)
            let read = try #require(try JSONSerialization.jsonObject(with: document) as? [String])
            #expect(read.first?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
        }
    }

    @Test("A line of JSON is one object with every part unchanged")
    func jsonLine() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            Self.logAndExit(.json)
        }
        let lines = try Self.lines(#require(result?.standardErrorContent))
        try #require(lines.count == 1)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: String])
        #expect(object["time"]?.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z/) != nil)
        #expect(object.count == 6)
        #expect(object["level"] == "warning")
        #expect(object["program"] == "clavero-test")
        #expect(object["message"] == "two\nlines \"quoted\"")
        #expect(object["peer"] == "\u{202e}evil\r\n{\"level\":\"error\"}")
        #expect(object["why"] == "\u{1b}[2J\u{85}\u{7f}")
    }

    @Test("A value in text cannot be read as another member, or as an escaped character, even with combining marks")
    func words() {
        for (value, written) in [
            ("", "\"\""), ("plain", "plain"), ("a b", "\"a b\""), ("a\u{a0}b", "\"a\u{a0}b\""),
            ("a \u{301}b=\u{301}c", "\"a \u{301}b=\u{301}c\""), ("=\u{301}", "\"=\u{301}\""),
            ("x\"\u{301} y", "\"x\\\"\u{301} y\""), ("x\\\u{301}", "\"x\\\\\u{301}\""),
            ("\\u{a}", "\"\\\\u{a}\""), ("a\nb", "a\\u{a}b"),
        ] {
            #expect(Array(LogFormat.word(value).unicodeScalars) == Array(written.unicodeScalars), "\(value)")
        }
    }

    @Test("A line of text stays one line")
    func textLine() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            Self.logAndExit(.text)
        }
        let line =
            "clavero-test: warning: two\\u{a}lines \"quoted\""
            + " peer=\"\\u{202e}evil\\u{d}\\u{a}{\\\"level\\\":\\\"error\\\"}\" why=\\u{1b}[2J\\u{85}\\u{7f}"
        #expect(try Self.lines(#require(result?.standardErrorContent)) == [line])
    }

    @Test("A line for the journal begins with its priority, and its data can begin no other")
    func journalLine() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            Self.logAndExit(.journal)
        }
        let line =
            "<4>two\\u{a}lines \"quoted\""
            + " peer=\"\\u{202e}evil\\u{d}\\u{a}{\\\"level\\\":\\\"error\\\"}\" why=\\u{1b}[2J\\u{85}\\u{7f}"
        #expect(try Self.lines(#require(result?.standardErrorContent)) == [line])
        let format = LogFormat(program: "test", form: .journal)
        let forged = format.line(.error, "failed", [("reason", "no\n<0>all is lost"), ("user", "x level=info \\")])
        #expect(
            String(decoding: forged, as: UTF8.self)
                == "<3>failed reason=\"no\\u{a}<0>all is lost\" user=\"x level=info \\\\\"\n")
    }

    /// The journal breaks a line at 48 KiB, and reads a priority at the beginning of the rest.
    @Test("A line for the journal is never so long that the journal breaks it")
    func journalLength() {
        let long = String(repeating: "\u{1}", count: 4096)
        let line = LogFormat(program: "test", form: .journal).line(.info, long, (0..<50).map { ("key\($0)", long) })
        #expect(line.count < 20_000 && line.count { $0 == UInt8(ascii: "\n") } == 1)
    }

    @Test("Each level has the priority of syslog(3)")
    func priorities() {
        let priorities = Logger.Level.allCases.map(LogForm.priority)
        #expect(priorities == ["<7>", "<7>", "<6>", "<5>", "<4>", "<3>", "<2>"])
    }

    /// Logs two lines and ends the process. It runs in a process of its own, whose standard error the test reads.
    private static func logAndExit(_ form: LogForm) -> Never {
        let logger = Logger(label: "clavero-test") { DaemonLog(label: $0, form: form) }
        logger.debug("not wanted")
        logger.warning(
            "two\nlines \"quoted\"",
            metadata: ["peer": "\u{202e}evil\r\n{\"level\":\"error\"}", "why": "\u{1b}[2J\u{85}\u{7f}"])
        exit(EXIT_SUCCESS)
    }

    /// Returns the lines that the log wrote. The runtime may write others.
    private static func lines(_ bytes: [UInt8]) throws -> [String] {
        try #require(String(validating: bytes, as: UTF8.self)).components(separatedBy: "\n")
            .filter { $0.contains("clavero-test") || $0.contains("level") || $0.contains("evil") }
    }
}
