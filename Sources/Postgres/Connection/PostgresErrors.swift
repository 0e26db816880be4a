import Store

/// The failure of a statement.
enum PostgresFailure: Error {
    /// The connection is no longer of use. What was under way on it may have been done or not.
    case lost(String)
    /// The server refused the statement, with an SQLSTATE (PostgreSQL's appendix A) and a message. The connection is good.
    case refused(code: String, message: String)

    /// Whether the whole transaction may succeed if it is done again, since it conflicted with another one.
    var isConflict: Bool {
        guard case .refused(let code, _) = self else { return false }
        return ["40001", "40P01"].contains(code)
    }

    /// Whether another server, or this one after a moment, may do what this one did not.
    var isPassing: Bool {
        switch self {
        case .lost: true
        // The server is a primary that became a standby, or it starts or stops.
        case .refused(let code, _): ["25006", "53300"].contains(code) || leavesOutcomeOpen
        }
    }

    /// Whether a commit that failed in this way may have been made all the same.
    var leavesOutcomeOpen: Bool {
        switch self {
        case .lost: true
        case .refused(let code, _): code == "40003" || code.hasPrefix("08") || code.hasPrefix("57P")
        }
    }
}

extension StoreError {
    /// Translates what this module threw.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as PostgresFailure: self.init(error)
        default: self = .failed("unexpected \(type(of: error))")
        }
    }

    init(_ failure: PostgresFailure) {
        switch failure {
        case .lost(let reason): self = .unreachable(reason)
        case .refused(let code, let message): self.init(sqlState: code, message)
        }
    }

    private init(sqlState code: String, _ message: String) {
        switch code {
        case "25006": self = .readOnly
        case "53100": self = .full
        case "40001", "40P01", "53200", "53300", "55P03", "57014", "57P01", "57P02", "57P03": self = .busy
        case "XX001", "XX002": self = .corrupt
        default: self = .failed("PostgreSQL error \(code): \(Self.quotesValues(code) ? "bad value" : message)")
        }
    }

    /// Whether the message of this code quotes values. Those about data do; the others name tables and columns.
    private static func quotesValues(_ code: String) -> Bool { code.hasPrefix("22") }
}

extension String {
    /// Joins several lines to one. libpq has one for each server that it tried.
    init(oneLineOf message: UnsafePointer<CChar>?) {
        let lines = message.map { String(cString: $0) }?.split(whereSeparator: \.isNewline) ?? []
        self = lines.map { line in String(line.trimmingPrefix(while: \.isWhitespace)) }.joined(separator: "; ")
    }
}
