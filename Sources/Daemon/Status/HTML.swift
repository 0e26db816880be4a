/// The only writer of HTML.
///
/// Names of elements and attributes, and texts of the program's own, are literals in the source. Every other text is
/// outside text: it is written in printable ASCII, so that it can be neither markup nor a look-alike of something else
/// on the page.
struct HTML {
    private(set) var text = "<!doctype html>\n"
    /// The longest outside text, in characters. The rest is left out.
    private static let longest = 300

    /// Writes an element with its content.
    mutating func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ content: (inout HTML) -> Void
    ) {
        begin(name, attributes)
        text += ">"
        content(&self)
        text += "</\(name)>"
    }

    /// Writes an element whose content is a text of the program's own, which may have any characters.
    mutating func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], own content: StaticString
    ) {
        element(name, attributes) { $0.write(own: content) }
    }

    /// Writes an element whose content is outside text.
    mutating func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], text content: String
    ) {
        element(name, attributes) { $0.write(content) }
    }

    /// Writes an element that has no content and no end tag, such as `meta`.
    mutating func void(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) {
        begin(name, attributes)
        text += ">"
    }

    private mutating func begin(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) {
        text += "<\(name)"
        for (name, value) in attributes { text += " \(name)=\"\(Self.escaped(value))\"" }
    }

    /// Writes a text of the program's own.
    mutating func write(own content: StaticString) { text += Self.escapedMarkup("\(content)") }

    /// Writes the style sheet. Its bytes are hashed, so they are not changed.
    mutating func style(_ sheet: StaticString) { text += "<style>\(sheet)</style>" }

    /// Writes outside text.
    mutating func write(_ outside: String) { text += Self.escaped(outside) }

    /// Returns outside text in printable ASCII. A backslash is doubled, and any other character is written as
    /// `\u{...}`, so the result shows exactly one text.
    static func escaped(_ outside: String) -> String {
        let scalars = outside.unicodeScalars
        let shown = scalars.prefix(longest).map { scalar in
            switch scalar {
            case "\\": "\\\\"
            case " "..."~": String(scalar)
            default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            }
        }.joined()
        return escapedMarkup(shown) + (scalars.count > longest ? "\\u{2026}" : "")
    }

    private static func escapedMarkup(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "'": "&#39;"
            default: String(scalar)
            }
        }.joined()
    }
}
