import CoreMetrics
import Store
import Telemetry
import Wire

/// How many accounts strangers may make within an hour; nil where there is no bound.
package struct SignUpBounds: Sendable, Equatable {
    /// The accounts that an IPv4 /24 or an IPv6 /64 may make. An IPv6 /48 may make four times as many.
    package var network: Int?
    /// The accounts that all networks together may make.
    package var hour: Int?

    /// Makes a value that bounds nothing.
    package init() {}

    /// The bounds of a server whose operator sets none.
    package static var standard: SignUpBounds {
        var bounds = SignUpBounds()
        (bounds.network, bounds.hour) = (30, 1000)
        return bounds
    }

    /// The bounds that a sign-up by a client at `peer` counts towards, the narrowest first; none for a client on this
    /// machine.
    func bounds(for peer: String) -> [SignUpBound] {
        guard !Network.isThisMachine(peer) else { return [] }
        var bounds: [SignUpBound] = []
        if let network {
            let source = Network(peer: peer).description
            let site = Network(peer: peer, bits6: 48).description
            bounds.append(SignUpBound(source: source, limit: network))
            if site != source { bounds.append(SignUpBound(source: site, limit: network.multipliedClamping(by: 4))) }
        }
        if let hour { bounds.append(SignUpBound(source: SignUpBound.everywhere, limit: hour)) }
        return bounds
    }
}

extension Int {
    fileprivate func multipliedClamping(by factor: Int) -> Int {
        let (product, isTooMuch) = multipliedReportingOverflow(by: factor)
        return isTooMuch ? .max : product
    }
}

/// Decides whether one more account may be made, before the work for it is done; what the store finds in its
/// transaction has the last word.
struct SignUpGuard: Sendable {
    private let store: Store
    private let room: HeadRoom?
    private let refusals: [Failure: Counter]

    /// The refusals, and what the metrics call them.
    private static let reasons: [(Failure, String)] = [
        (.signUpsOfNetwork, "network"), (.signUpsEverywhere, "everywhere"), (.noRoom, "disk"),
        (.logTooLong, "log"),
    ]

    static let failures = reasons.map(\.0)

    init(_ store: Store, room: HeadRoom?, metrics: any MetricsFactory) {
        (self.store, self.room) = (store, room)
        refusals = Dictionary(
            uniqueKeysWithValues: Self.reasons.map { ($0, Counter(.refusedSignUps, [$1], in: metrics)) })
    }

    /// - Returns: the bounds that the account is to count towards. An invitation counts towards none: the operator who
    ///   made it has decided how many there are.
    /// - Throws: the refusal.
    func admit(_ bounds: [SignUpBound], at now: Int) async throws {
        try await refusing { () async throws(StoreError) in
            if room?.isLow == true { throw StoreError.noRoom }
            try await store.checkSignUps(bounds, at: Int64(now))
        }
    }

    /// Adds an account.
    ///
    /// - Throws: the refusals, counted; what else the store throws.
    func add(_ account: NewAccount) async throws {
        try await refusing { () async throws(StoreError) in try await store.add(account) }
    }

    private func refusing(_ work: () async throws(StoreError) -> Void) async throws {
        do throws(StoreError) {
            try await work()
        } catch {
            guard let failure = Failure(refusing: error) else { throw error }
            refusals[failure]?.increment()
            throw failure
        }
    }
}

extension Failure {
    /// The refusal of a sign-up for which the store, or the site, has no room now; nil for every other error.
    fileprivate init?(refusing error: StoreError) {
        switch error {
        case .tooManySignUps(let everywhere): self = everywhere ? .signUpsEverywhere : .signUpsOfNetwork
        case .noRoom: self = .noRoom
        case .logTooLong: self = .logTooLong
        default: return nil
        }
    }
}
