import Foundation
import TestKit

/// A client with an account of its own, which makes one request after another. The next request depends only on the
/// seed. Each request contains something unique, which its answer must match.
actor Session {
    nonisolated let place: Int
    nonisolated var name: String { Self.name(place) }
    private let sockets: [String]
    private let count: Int
    let journal: Journal
    private var numbers: SeededNumbers
    var ledger = Ledger()
    var password = Ledger.Password(Ledger.password)
    private var conversation: Conversation?
    private var proxy: Int
    var isLoggedIn = false
    private var serial = 0

    /// The pause between two requests, which leaves the machine time for other work.
    private static let pace = Duration.milliseconds(10)
    /// The seconds that a client waits for an answer. After half a minute the proxy reports that none will come.
    static let patience = 60
    /// The kinds of requests of a session. Nil means several requests at once.
    private static let all: [Kind?] = Kind.allCases + [.encrypt, .decrypt, .encrypt, .sign, .verify, nil, nil]
    private static let writing: [Kind?] = [.signUp, .signUp, .signUp, .passwd, .encrypt, .sign]
    /// The kinds of this session's requests. Every other session makes changes most of the time, so that a change is
    /// always running.
    private var kinds: [Kind?] { place / sockets.count % 2 == 0 ? Self.all : Self.writing }

    static func name(_ place: Int) -> String { "session-\(place)" }

    init(_ place: Int, of count: Int, on sockets: [String], seed: UInt64, _ journal: Journal) {
        (self.place, self.count, self.sockets, self.journal) = (place, count, sockets, journal)
        numbers = SeededNumbers(seed: seed, stream: place + 1)
        proxy = place % sockets.count
    }

    /// Signs up, on a site that works.
    ///
    /// - Throws: `Mismatch` if the sign-up fails.
    func prepare() async throws {
        let reply = try await connected().ask("SIGNUP \(name) \"\(Ledger.password)\"")
        guard reply.hasPrefix("250 ") else { throw Mismatch("\(name): \(reply)") }
    }

    func work(in tempo: Tempo) async throws {
        while tempo.isWanted {
            await step()
            if !tempo.isHasty { try await Task.sleep(for: Self.pace) }
        }
    }

    func end() async {
        await conversation?.close()
        conversation = nil
    }

    // MARK: - One request

    private func step() async {
        let (kind, draw) = (kinds.randomElement(using: &numbers)!, Int(numbers.next() >> 1))
        serial += 1
        if !isLoggedIn || kind == .logIn {
            guard await logIn() else { return }
        }
        let message = "\(name) says \(serial) \(draw)"
        switch kind {
        case nil: await askForMuch(message, for: draw % count)
        case .logIn: break
        case .signUp: await signUp("\(name).\(serial)")
        case .passwd: await changePassword("password \(serial) \(draw)")
        case .encrypt: await encrypt(message, for: draw % count)
        case .decrypt:
            guard !ledger.sealed.isEmpty else { return }
            await decrypt(ledger.sealed[draw % ledger.sealed.count])
        case .sign: await sign(message)
        case .verify:
            guard !ledger.signed.isEmpty else { return }
            let (signature, message) = ledger.signed[draw % ledger.signed.count]
            await verify(signature, message)
        case .whoAmI: await ask(whoAmI)
        }
    }

    /// Returns the conversation, or begins one. If a proxy does not take the session, it tries the other proxy.
    func connected() async throws -> Conversation {
        if let conversation { return conversation }
        let start = ContinuousClock.now
        while true {
            do {
                let made = Conversation(try SocketTransport(path: sockets[proxy], patience: Self.patience))
                guard try await made.reply().first?.hasPrefix("220 ") == true else { throw Mismatch("no greeting") }
                conversation = made
                return made
            } catch {
                guard start.duration(to: .now) < .seconds(Self.patience) else { throw error }
                proxy = (proxy + 1) % sockets.count
                try await Task.sleep(for: Self.pace)
            }
        }
    }

    func disconnect() async {
        await conversation?.close()
        (conversation, isLoggedIn) = (nil, false)
    }

    // MARK: - Commands

    /// Logs in, trying each password that may be the right one. Returns whether the log-in succeeded.
    func logIn() async -> Bool {
        for candidate in [password.current] + password.possible.filter({ $0 != password.current }) {
            let outcome = await ask(
                Asking(
                    .logIn, "LOGIN \(name) \"\(candidate)\"", .exactly("235 2.7.0 Logged in as \(name)"),
                    orWrong: password.isKnown ? nil : "535 5.7.8 Wrong name or password"))
            guard case .done(let reply) = outcome else { return false }
            if reply.hasPrefix("235 ") {
                (password.current, isLoggedIn) = (candidate, true)
                return true
            }
        }
        journal.violated("\(name): none of \(password.possible.count) passwords is right")
        return false
    }

    private func signUp(_ name: String) async {
        let line = "SIGNUP \(name) \"\(Ledger.password)\""
        switch await ask(Asking(.signUp, line, .exactly("250 2.0.0 \(name) signed up, key 1"))) {
        case .done: ledger.signedUp.append(name)
        case .refused, .loggedOut: ledger.refused.append(name)
        case .unknown: ledger.unknown.append(name)
        }
    }

    private func changePassword(_ new: String) async {
        let outcome = await ask(
            Asking(
                .passwd, "PASSWD \"\(password.current)\" \"\(new)\"",
                .exactly("250 2.0.0 Password changed; every other session is logged out"),
                orWrong: password.isKnown ? nil : "535 5.7.8 Wrong password"))
        switch outcome {
        case .done(let reply) where reply.hasPrefix("250 "): password.changed(to: new)
        case .done: isLoggedIn = false
        case .refused, .loggedOut: break
        case .unknown: password.possible.append(new)
        }
    }

    private func encrypt(_ message: String, for other: Int) async {
        keep(await ask(encryption(message, for: other)), of: message, for: other)
    }

    private func decrypt(_ sealed: Sealed) async {
        await ask(
            Asking(.decrypt, "DECRYPT \(sealed.text)", .exactly("250 2.0.0 FROM=\(sealed.from) \(sealed.message)")))
    }

    private func sign(_ message: String) async { keep(await ask(signing(message)), of: message) }

    private func verify(_ signature: String, _ message: String) async {
        await ask(
            Asking(.verify, "VERIFY \(signature) \(message)", .exactly("250 2.0.0 \(name) signed this with key 1")))
    }

    /// Sends requests for both kinds of servers without waiting for answers. The answers must come in order.
    private func askForMuch(_ message: String, for other: Int) async {
        let outcomes = await ask([whoAmI, encryption(message, for: other), signing(message), whoAmI])
        keep(outcomes[1], of: message, for: other)
        keep(outcomes[2], of: message)
    }

    private var whoAmI: Asking { Asking(.whoAmI, "WHOAMI", .exactly("250 2.0.0 \(name)")) }

    private func encryption(_ message: String, for other: Int) -> Asking {
        let names = other == place ? name : "\(name),\(Self.name(other))"
        return Asking(.encrypt, "ENCRYPT TO=\(names) \(message)", .beginning("250 2.0.0 clv1."))
    }

    private func signing(_ message: String) -> Asking {
        Asking(.sign, "SIGN \(message)", .beginning("250 2.0.0 clvs1.\(name).1."))
    }

    private func keep(_ outcome: Outcome, of message: String, for other: Int) {
        guard case .done(let reply) = outcome else { return }
        let sealed = Sealed(text: String(reply.dropFirst(10)), message: message, from: name)
        ledger.add(sealed: sealed)
        journal.add(sealed, for: other)
    }

    private func keep(_ outcome: Outcome, of message: String) {
        guard case .done(let reply) = outcome else { return }
        ledger.add(signature: String(reply.dropFirst(10)), of: message)
    }
}
