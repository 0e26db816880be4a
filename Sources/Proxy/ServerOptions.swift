import ArgumentParser
import Daemon
import Link
import NIOCore

/// The options for the limits of links to servers.
struct ServerOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "Seconds in which a server must answer a check of its link. Otherwise the proxy reconnects.",
            valueName: "seconds"))
    var linkTimeout = 5

    @Option(
        help: ArgumentHelp(
            "The most unanswered requests on one link. Further ones are refused at once.", valueName: "number"))
    var linkRequests = 20_000

    /// The names of these options in the settings.
    static let names = ["link-timeout", "link-requests"]

    func validate() throws {
        try OptionBounds.check(["link-timeout": linkTimeout], OptionBounds.seconds)
        try OptionBounds.check(["link-requests": linkRequests], OptionBounds.count)
    }

    /// Returns the limits of a link. `unwritten`: the most bytes of requests that may wait for a link to take them.
    func limits(unwritten: Int) -> UpstreamLimits {
        UpstreamLimits(silence: .seconds(Int64(linkTimeout)), requests: linkRequests, unwritten: unwritten)
    }
}
