import Armor
import NIOCore
import Synchronization

/// A limit on the memory that the bodies of all sessions take together. Each account and each network may take only a
/// part of it.
///
/// Memory is counted from the announcement of a body until the answer has been written. A body smaller than
/// `smallest` is not counted, so small requests never wait for large ones.
package final class BodyMemory: Sendable {
    package static let smallest = 64 << 10

    /// The account and the network against which the memory of a session counts.
    struct Owner: Sendable {
        let account: String?
        let network: String
    }

    fileprivate struct State {
        var total = 0
        var accounts: [String: Int] = [:]
        var networks: [String: Int] = [:]
    }

    private let limit: Int
    private let ofAccount: Int
    private let ofNetwork: Int
    private let state = Mutex(State())
    /// The closure that is called when a request for memory is refused.
    private let refused: @Sendable () -> Void

    /// Creates a limit of `limit` bytes. An account may take a quarter of them, and a network half of them. Both may
    /// always take `largest` bytes, the size of one body.
    package init(limit: Int, largest: Int, refused: @escaping @Sendable () -> Void = {}) {
        self.limit = limit
        ofAccount = max(limit / 4, min(largest, limit))
        ofNetwork = max(limit / 2, min(largest, limit))
        self.refused = refused
    }

    /// The number of bytes that are taken.
    package var taken: Int { state.withLock { $0.total } }

    /// Whether all memory is taken.
    var isFull: Bool { state.withLock { $0.total >= limit } }

    fileprivate func take(_ count: Int, for owner: Owner?) -> Bool {
        let isTaken = state.withLock { state in
            guard state.total <= limit - count else { return false }
            if let owner {
                if let account = owner.account, state.accounts[account, default: 0] > ofAccount - count { return false }
                if state.networks[owner.network, default: 0] > ofNetwork - count { return false }
            }
            state.add(count, to: owner)
            return true
        }
        if !isTaken { refused() }
        return isTaken
    }

    /// Counts bytes that are already in memory, even if this exceeds the limit.
    fileprivate func charge(_ count: Int, to owner: Owner?) { state.withLock { $0.add(count, to: owner) } }

    fileprivate func give(back count: Int, of owner: Owner?) { state.withLock { $0.add(-count, to: owner) } }
}

extension BodyMemory.State {
    fileprivate mutating func add(_ count: Int, to owner: BodyMemory.Owner?) {
        total += count
        guard let owner else { return }
        if let account = owner.account { Self.add(count, to: &accounts[account, default: 0]) }
        Self.add(count, to: &networks[owner.network, default: 0])
        if let account = owner.account, accounts[account] == 0 { accounts[account] = nil }
        if networks[owner.network] == 0 { networks[owner.network] = nil }
    }

    private static func add(_ count: Int, to sum: inout Int) { sum += count }
}

extension BodyMemory.Owner {
    /// Finds the account and the network of a session.
    ///
    /// - Parameters:
    ///   - peer: The address and port of the client.
    ///   - token: The token of the session. It is not verified here, because it came from a server.
    init(peer: String, token: String?) {
        account = token.map { Self.subject(of: $0) ?? $0 }
        network = Network(peer: peer, bits4: 32, bits6: 64).description
    }

    /// Returns the account for which a token was issued (RFC 7519, section 4.1.2). An account's name needs no escapes
    /// in JSON.
    private static func subject(of token: String) -> String? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let claims = Base64URL.decode(parts[1]) else { return nil }
        let text = String(decoding: claims, as: UTF8.self)
        guard let key = text.firstRange(of: "\"sub\":\"") else { return nil }
        return String(text[key.upperBound...].prefix { $0 != "\"" })
    }
}

/// The part of the memory for bodies that one session or one request has taken. Releasing the object gives it back.
package final class BodyHold: Sendable {
    private let memory: BodyMemory
    private let owner: BodyMemory.Owner?
    /// The number of bytes that are taken. `unwritten` counts those of them that belong to answers which have not
    /// been sent yet.
    private let state = Mutex((taken: 0, unwritten: 0))

    init(_ memory: BodyMemory, for owner: BodyMemory.Owner?) {
        (self.memory, self.owner) = (memory, owner)
    }

    deinit { memory.give(back: state.withLock { $0.taken }, of: owner) }

    var unwritten: Int { state.withLock { $0.unwritten } }

    /// Counts the bytes of an answer that was written but has not been sent yet.
    func wrote(_ bytes: Int) { state.withLock { $0.unwritten += bytes } }

    /// Takes the bytes that are missing up to `total`.
    ///
    /// - Returns: false if the limit does not allow this; nothing is taken then.
    func grow(to total: Int) -> Bool {
        state.withLock { state in
            guard total > state.taken else { return true }
            guard memory.take(total - state.taken, for: owner) else { return false }
            state.taken = total
            return true
        }
    }

    /// Takes the bytes that are missing up to `total`, even if this exceeds the limit.
    func charge(to total: Int) {
        state.withLock { state in
            guard total > state.taken else { return }
            memory.charge(total - state.taken, to: owner)
            state.taken = total
        }
    }

    /// Gives back the bytes above `total`.
    ///
    /// - Parameter unwritten: The number of bytes of answers that have not been sent yet.
    func shrink(to total: Int, unwritten: Int) {
        state.withLock { state in
            state.unwritten = unwritten
            guard total < state.taken else { return }
            memory.give(back: state.taken - total, of: owner)
            state.taken = total
        }
    }
}
