import Testing

@testable import Daemon

@Suite("The writer of HTML")
struct HTMLTests {
    @Test("Outside text can be neither markup nor any character but printable ASCII")
    func escaping() {
        for (text, shown) in [
            ("a < b && c > \"d'", "a &lt; b &amp;&amp; c &gt; &quot;d&#39;"),
            ("</title><script>alert(1)</script>", "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("&lt;", "&amp;lt;"), ("line\nend\r\t\0", "line\\u{A}end\\u{D}\\u{9}\\u{0}"),
            ("u\u{202E}p", "u\\u{202E}p"), ("\u{200B}\u{FEFF}\u{AD}", "\\u{200B}\\u{FEFF}\\u{AD}"),
            ("раypal", "\\u{440}\\u{430}ypal"), ("é", "\\u{E9}"), ("\\u{202E}", "\\\\u{202E}"), ("", ""),
        ] { #expect(HTML.escaped(text) == shown, "\(text)") }
    }

    @Test("Any text from outside leaves the page's elements as they are")
    func any() {
        var plain = HTML()
        plain.element("p", ["class": "a"], text: "x")
        for scalar in (0...0x2100).compactMap(Unicode.Scalar.init) {
            var html = HTML()
            html.element("p", ["class": "\(Character(scalar))"], text: "\(Character(scalar))")
            #expect(html.text.filter { $0 == "<" || $0 == ">" } == plain.text.filter { $0 == "<" || $0 == ">" })
            #expect(html.text.count { $0 == "\"" } == 2)
            #expect(html.text.dropFirst("<!doctype html>\n".count).unicodeScalars.allSatisfy { " "..."~" ~= $0 })
        }
    }

    @Test("Long outside text is cut")
    func long() {
        let shown = HTML.escaped(String(repeating: "<", count: 100_000))
        #expect(shown == String(repeating: "&lt;", count: 300) + "\\u{2026}")
    }
}
