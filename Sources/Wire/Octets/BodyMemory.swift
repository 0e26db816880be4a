import Armor
import NIOCore
import Synchronization

/// Bounds the memory that the bodies of all sessions take together, and in it the shares of each account and each network.
///
/// What a session holds is counted from the announcement of a body until the answer has been written. Less than `smallest`
/// is not counted, so that small requests never have to wait for large ones.
package final class BodyMemory: Sendable {
    package static let smallest = 64 << 10

    /// The account and the network that a session counts for.
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
    /// Called when there is none.
    private let refused: @Sendable () -> Void

    /// An account may have a quarter of the octets, and a network half of them, but always `largest`, the size of one body.
    package init(limit: Int, largest: Int, refused: @escaping @Sendable () -> Void = {}) {
        self.limit = limit
        ofAccount = max(limit / 4, min(largest, limit))
        ofNetwork = max(limit / 2, min(largest, limit))
        self.refused = refused
    }

    /// The octets that are taken.
    package var taken: Int { state.withLock { $0.total } }

    /// Whether nothing is left.
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

    /// Takes octets that are in memory already, also if that is more than there is.
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
    /// `peer`: an address and a port. `token`: of the session; it was not verified here, but came from a server.
    init(peer: String, token: String?) {
        account = token.map { Self.subject(of: $0) ?? $0 }
        network = Network(peer: peer, bits4: 32, bits6: 64).description
    }

    /// The account that a token is for (RFC 7519, 4.1.2). An account's name needs no escapes in JSON.
    private static func subject(of token: String) -> String? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let claims = Base64URL.decode(parts[1]) else { return nil }
        let text = String(decoding: claims, as: UTF8.self)
        guard let key = text.firstRange(of: "\"sub\":\"") else { return nil }
        return String(text[key.upperBound...].prefix { $0 != "\"" })
    }
}

/// The share of the memory for bodies that one session or one request holds. Releasing the object returns it.
package final class BodyHold: Sendable {
    private let memory: BodyMemory
    private let owner: BodyMemory.Owner?
    /// Octets that are taken, and those of them that were answers which have not left.
    private let state = Mutex((taken: 0, unwritten: 0))

    init(_ memory: BodyMemory, for owner: BodyMemory.Owner?) {
        (self.memory, self.owner) = (memory, owner)
    }

    deinit { memory.give(back: state.withLock { $0.taken }, of: owner) }

    var unwritten: Int { state.withLock { $0.unwritten } }

    /// Notes that an answer was written which has not left.
    func wrote(_ octets: Int) { state.withLock { $0.unwritten += octets } }

    /// Takes what is missing to `total`.
    ///
    /// - Returns: false, and nothing is taken, if that is too much.
    func grow(to total: Int) -> Bool {
        state.withLock { state in
            guard total > state.taken else { return true }
            guard memory.take(total - state.taken, for: owner) else { return false }
            state.taken = total
            return true
        }
    }

    /// Takes what is missing to `total`, also if that is too much.
    func charge(to total: Int) {
        state.withLock { state in
            guard total > state.taken else { return }
            memory.charge(total - state.taken, to: owner)
            state.taken = total
        }
    }

    /// Gives back what is more than `total`, of which so many octets have not left.
    func shrink(to total: Int, unwritten: Int) {
        state.withLock { state in
            state.unwritten = unwritten
            guard total < state.taken else { return }
            memory.give(back: state.taken - total, of: owner)
            state.taken = total
        }
    }
}
