/// A page for people about the state of a daemon, in one HTML document without scripts and without anything from
/// elsewhere. It contains nothing secret, and no names of accounts.
package struct StatusPage: Sendable {
    /// How good a state is. The page shows it by a symbol and a colour, beside the word for the state.
    package enum Mark: String, Sendable {
        case good, warning, bad, idle
    }

    /// A state in one or two words, with a reason if one is known.
    package struct Badge: Sendable {
        let mark: Mark
        let word: String
        let reason: String?

        package init(_ mark: Mark, _ word: String, reason: String? = nil) {
            (self.mark, self.word, self.reason) = (mark, word, reason)
        }
    }

    /// A named value, with a remark in small print.
    package struct Fact: Sendable {
        let name: String
        let value: String
        let remark: String?
        let isNotable: Bool

        /// - Parameter isNotable: Whether the value shows that something is wrong.
        package init(_ name: String, _ value: String, remark: String? = nil, isNotable: Bool = false) {
            (self.name, self.value, self.remark, self.isNotable) = (name, value, remark, isNotable)
        }
    }

    package enum Cell: Sendable {
        case text(String)
        case number(String)
        case badge(Badge)
    }

    package struct Table: Sendable {
        let title: String
        let columns: [String]
        let rows: [[Cell]]
        /// The sentence that is shown if there are no rows.
        let empty: String

        package init(_ title: String, _ columns: [String], _ rows: [[Cell]], empty: String) {
            (self.title, self.columns, self.rows, self.empty) = (title, columns, rows, empty)
        }
    }

    /// The name of the program, and the name under which it greets clients.
    let program: String
    let host: String
    let badge: Badge
    /// The reasons why the daemon is not ready.
    let problems: [String]
    let facts: [Fact]
    let tables: [Table]
    let activity: RequestActivity
    /// A sentence at the end of the page.
    let remark: String

    package init(
        _ program: String, host: String, _ badge: Badge, problems: [String], facts: [Fact], tables: [Table],
        activity: RequestActivity, remark: String
    ) {
        (self.program, self.host, self.badge, self.problems) = (program, host, badge, problems)
        (self.facts, self.tables, self.activity, self.remark) = (facts, tables, activity, remark)
    }

    /// The number of seconds after which a browser loads the page again.
    private static let refresh = 5

    /// The response's own fields. A browser loads nothing for this page, runs no script, uses no other style sheet,
    /// and shows the page in no frame.
    static let headers: [(name: String, value: String)] = [
        (
            "Content-Security-Policy",
            """
            default-src 'none'; style-src '\(StatusStyle.hash)'; base-uri 'none'; form-action 'none'; \
            frame-ancestors 'none'
            """
        ),
        ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ]

    /// The document.
    var html: String {
        var html = HTML()
        html.element("html", ["lang": "en"]) { html in
            html.element("head") { html in
                html.void("meta", ["charset": "utf-8"])
                html.void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
                html.void("meta", ["name": "color-scheme", "content": "light dark"])
                html.void("meta", ["http-equiv": "refresh", "content": "\(Self.refresh)"])
                html.element("title", text: "\(badge.word): \(program) \(host)")
                html.style(StatusStyle.sheet)
            }
            html.element("body") { html in
                writeHead(into: &html)
                html.element("main") { html in
                    writeProblems(into: &html)
                    writeFacts(into: &html)
                    for table in tables { html.write(table) }
                    html.write(activity)
                }
                html.element("footer") { $0.element("p", text: remark) }
            }
        }
        return html.text
    }

    private func writeHead(into html: inout HTML) {
        html.element("header") { html in
            html.element("div") { html in
                html.element("h1", text: program)
                html.element("p", text: host)
            }
            html.element("p", ["class": "state"]) { $0.write(badge) }
        }
    }

    private func writeProblems(into html: inout HTML) {
        guard !problems.isEmpty else { return }
        html.element("section", ["class": "problems"]) { html in
            html.element("h2", own: "Not ready")
            html.element("ul") { html in for problem in problems { html.element("li", text: problem) } }
        }
    }

    private func writeFacts(into html: inout HTML) {
        html.element("dl", ["class": "facts"]) { html in
            for fact in facts {
                html.element("div", fact.isNotable ? ["class": "notable"] : [:]) { html in
                    html.element("dt", text: fact.name)
                    html.element("dd") { html in
                        html.write(fact.value)
                        if fact.isNotable { html.element("strong", ["class": "note"], own: " ▲") }
                        if let remark = fact.remark { html.element("small", text: remark) }
                    }
                }
            }
        }
    }
}

extension HTML {
    /// Writes a state: its symbol, which also tells states apart without colours, its word, and its reason.
    mutating func write(_ badge: StatusPage.Badge) {
        element("span", ["class": "badge \(badge.mark.rawValue)"]) { html in
            html.element("span", ["class": "symbol", "aria-hidden": "true"]) { html in
                switch badge.mark {
                case .good: html.write(own: "●")
                case .warning: html.write(own: "▲")
                case .bad: html.write(own: "✕")
                case .idle: html.write(own: "○")
                }
            }
            html.write(" \(badge.word)")
        }
        if let reason = badge.reason { element("span", ["class": "reason"], text: reason) }
    }

    mutating func write(_ table: StatusPage.Table) {
        element("section") { html in
            html.element("h2", text: table.title)
            guard !table.rows.isEmpty else { return html.element("p", ["class": "empty"], text: table.empty) }
            html.element("table") { html in
                html.element("thead") { html in
                    html.element("tr") { html in
                        for (column, cell) in zip(table.columns, table.rows[0]) {
                            html.element("th", ["scope": "col", "class": cell.kind], text: column)
                        }
                    }
                }
                html.element("tbody") { html in
                    for row in table.rows {
                        html.element("tr") { html in
                            for (column, cell) in zip(table.columns, row) { html.write(cell, column) }
                        }
                    }
                }
            }
        }
    }

    /// Writes a cell. On a narrow screen, rows are shown as lists, and the cell's label is the name of its column.
    private mutating func write(_ cell: StatusPage.Cell, _ column: String) {
        element("td", ["class": cell.kind, "data-label": column]) { html in
            switch cell {
            case .text(let text), .number(let text): html.write(text)
            case .badge(let badge): html.element("div") { $0.write(badge) }
            }
        }
    }
}

extension StatusPage.Cell {
    fileprivate var kind: String {
        switch self {
        case .text: "text"
        case .number: "number"
        case .badge: "badge-cell"
        }
    }
}
