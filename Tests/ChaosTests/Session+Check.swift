import TestKit

/// The checks of a session.
extension Session {
    /// Checks everything that was acknowledged since the last check, on a site that works. If `isLast`, it also
    /// checks the requests that were not acknowledged.
    func check(isLast: Bool) async throws {
        try await logInAnew()
        for sealed in journal.takeSealed(for: place) {
            try await expect("250 2.0.0 FROM=\(sealed.from) \(sealed.message)", "DECRYPT \(sealed.text)")
        }
        for (signature, message) in ledger.signed {
            try await expect("250 2.0.0 \(name) signed this with key 1", "VERIFY \(signature) \(message)")
        }
        if let replaced = password.replaced {
            try await expect("535 5.7.8 Wrong name or password", "LOGIN \(name) \"\(replaced)\"")
        }
        for other in ledger.signedUp { try await checkWhole(other) }
        ledger.signedUp = []
        if isLast { try await checkUnacknowledged() }
        isLoggedIn = false
    }

    /// Checks that refused sign-ups were not carried out, and that those with an unknown outcome were carried out as
    /// a whole or not at all.
    private func checkUnacknowledged() async throws {
        for other in ledger.refused {
            try await expect("535 5.7.8 Wrong name or password", "LOGIN \(other) \"\(Ledger.password)\"")
        }
        for other in ledger.unknown where try await answers(["LOGIN \(other) \"\(Ledger.password)\""])[0].hasPrefix("2")
        {
            try await checkWhole(other)
        }
    }

    private func logInAnew() async throws {
        try await eventually("a log-in of \(name)") { await logIn() }
    }

    /// Checks that an account can log in and has its keys.
    private func checkWhole(_ other: String) async throws {
        try await expect("235 2.7.0 Logged in as \(other)", "LOGIN \(other) \"\(Ledger.password)\"")
        let replies = try await answers(["ENCRYPT x", "SIGN x"])
        let isWhole = replies[0].hasPrefix("250 2.0.0 clv1.") && replies[1].hasPrefix("250 2.0.0 clvs1.\(other).1.")
        if !isWhole { journal.violated("\(other) is not whole: \(replies)") }
    }

    private func expect(_ reply: String, _ line: String) async throws {
        let got = try await answers([line])[0]
        if got != reply {
            journal.violated("\(name), when all was well: \(line)\n     got: \(got)\nexpected: \(reply)")
        }
    }

    /// Returns the answers to the lines. While one of them is a temporary refusal, the lines are sent again, for
    /// `patience` seconds.
    private func answers(_ lines: [String]) async throws -> [String] {
        let start = ContinuousClock.now
        while true {
            let conversation = try await connected()
            try await conversation.send(lines.joined(separator: "\r\n"))
            var replies: [String] = []
            for _ in lines { replies.append(try await conversation.reply().last!) }
            let mayPass = replies.contains { $0.hasPrefix("4") }
            guard mayPass, start.duration(to: .now) < .seconds(Self.patience) else { return replies }
        }
    }
}
