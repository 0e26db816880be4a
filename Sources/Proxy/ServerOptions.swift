import ArgumentParser
import Link
import NIOCore

/// The options for the limits of links to servers.
struct ServerOptions: ParsableArguments, Sendable {
    @Option(help: "Seconds in which a server must answer whether it lives; otherwise its link is made anew.")
    var linkTimeout = 5

    @Option(help: "Requests that may be under way on one link; one more is refused at once.")
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
