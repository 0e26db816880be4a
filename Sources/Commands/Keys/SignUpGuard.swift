import CoreMetrics
import Store
import Telemetry
import Wire

/// The numbers of accounts that clients may make within an hour; nil for no bound.
package struct SignUpBounds: Sendable, Equatable {
    /// The number of accounts that an IPv4 /24 or an IPv6 /64 may make. An IPv6 /48 may make four times as many.
    package var network: Int?
    /// The number of accounts that all networks together may make.
    package var hour: Int?

    /// Creates a value without bounds.
    package init() {}

    /// The default bounds, for a server whose operator sets none.
    package static var standard: SignUpBounds {
        var bounds = SignUpBounds()
        (bounds.network, bounds.hour) = (30, 1000)
        return bounds
    }

    /// Returns the bounds that a sign-up by a client at `peer` counts towards, the narrowest first. A client on this
    /// machine has none.
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

/// Decides whether one more account may be made, before the costly work for it begins. The store decides finally, in
/// its transaction.
struct SignUpGuard: Sendable {
    private let store: Store
    private let room: HeadRoom?
    private let refusals: [Failure: Counter]

    /// The refusals, and their names in the metrics.
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

    /// Checks that an account with these bounds may be made. An account with an invitation has no bounds, because the
    /// operator decides how many invitations exist.
    ///
    /// - Throws: The refusal, which is counted.
    func admit(_ bounds: [SignUpBound], at now: Int) async throws {
        try await refusing { () async throws(StoreError) in
            if room?.isLow == true { throw StoreError.noRoom }
            try await store.checkSignUps(bounds, at: Int64(now))
        }
    }

    /// Adds an account.
    ///
    /// - Throws: The refusals, which are counted, and all other errors of the store.
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
    /// Converts an error of the store to the refusal of a sign-up: a bound is reached, or the site has no room. The
    /// result is nil for every other error.
    fileprivate init?(refusing error: StoreError) {
        switch error {
        case .tooManySignUps(let everywhere): self = everywhere ? .signUpsEverywhere : .signUpsOfNetwork
        case .noRoom: self = .noRoom
        case .logTooLong: self = .logTooLong
        default: return nil
        }
    }
}
