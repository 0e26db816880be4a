import Link
import Logging

/// Looks the names of upstreams up, again and again: a name that has several addresses is a server at each of them.
///
/// A name with one address stays a name, which is looked up at each try to connect.
struct NameWatch: Sendable {
    private static let period = Duration.seconds(5)

    let doors: Doors
    let logger: Logger

    /// Until the task is cancelled.
    func run() async {
        var unknown: Set<Endpoint> = []
        while !Task.isCancelled {
            for upstream in await doors.upstreams {
                guard let host = upstream.name else { continue }
                do {
                    let addresses = try await NameLookUp.addresses(of: host)
                    unknown.remove(upstream)
                    await doors.follow(upstream, addresses.map(upstream.at))
                } catch {
                    // What was known stays. Once for each time that it begins.
                    guard unknown.insert(upstream).inserted else { continue }
                    logger.warning(
                        "a name cannot be looked up", metadata: ["upstream": "\(upstream)", "reason": "\(error)"])
                }
            }
            try? await Task.sleep(for: Self.period)
        }
    }
}
