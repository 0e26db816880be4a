import ArgumentParser
import Link
import NIOCore

/// The options for the limits of links to servers.
struct ServerOptions: ParsableArguments, Sendable {
    @Option(help: "Seconds in which a server must answer a check of its link. Otherwise the proxy reconnects.")
    var linkTimeout = 5

    @Option(help: "The most unanswered requests on one link. Further ones are refused at once.")
    var linkRequests = 20_000

    /// The names of these options in the settings.
    static let names = ["link-timeout", "link-requests"]

    func validate() throws {
        for (name, value) in [("link-timeout", linkTimeout), ("link-requests", linkRequests)] where value < 1 {
            throw ValidationError("--\(name) must be at least 1")
        }
    }

    /// Returns the limits of a link. `unwritten`: the most bytes of requests that may wait for a link to take them.
    func limits(unwritten: Int) -> UpstreamLimits {
        UpstreamLimits(silence: .seconds(Int64(linkTimeout)), requests: linkRequests, unwritten: unwritten)
    }
}
