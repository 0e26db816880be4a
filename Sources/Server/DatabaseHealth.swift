import Logging
import Store

/// Whether a server can work with its database.
struct DatabaseHealth: Sendable {
    /// Beyond it something is said in the log.
    private static let noticed = Duration.seconds(5)
    /// Beyond it the server is not well: how long tokens, challenges and invitations are good for, and when a lock-out
    /// ends, depends on which server is asked.
    private static let tolerated = Duration.seconds(60)

    private let store: any OpenStore

    init(_ store: any OpenStore) {
        self.store = store
    }

    /// What is wrong, in a few words; nil where nothing is.
    var fault: String? {
        get async {
            do throws(StoreError) {
                _ = try await store.rootKeyID()
                let difference = try await store.clockDifference() ?? .zero
                return difference.isWithin(Self.tolerated) ? nil : Self.words(difference)
            } catch {
                return "\(error)"
            }
        }
    }

    /// Tells the log of clocks that are apart, though they may be so little that the server is well.
    func warn(_ logger: Logger) async {
        guard let difference = try? await store.clockDifference(), !difference.isWithin(Self.noticed) else { return }
        logger.warning("the clocks are apart", metadata: ["reason": "\(Self.words(difference))"])
    }

    static func words(_ difference: Duration) -> String {
        let seconds = difference.components.seconds
        return "this machine's clock is \(abs(seconds)) s \(seconds < 0 ? "behind" : "ahead of") the database's"
    }
}

extension Duration {
    fileprivate func isWithin(_ limit: Duration) -> Bool { .zero - limit <= self && self <= limit }
}
