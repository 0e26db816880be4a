import ArgumentParser
import Daemon
import Link

/// The options for the addresses from which clients come.
struct ClientAddressOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            """
            Addresses of load balancers, such as 10.0.0.0/8, whose connections begin with HAProxy's PROXY protocol. \
            May be given repeatedly.
            """, valueName: "address"),
        transform: { text in
            guard let range = AddressRange(text) else { throw ValidationError("expected an address or address/bits") }
            return range
        })
    var balancer: [AddressRange] = []

    @Option(help: ArgumentHelp("The most sessions of one client address.", valueName: "number"))
    var addressSessions = 10_000

    @Option(
        help: ArgumentHelp(
            "The most sessions of one client address that have not logged in.", valueName: "number"))
    var addressStrangers = 1000

    /// The names of these options in the settings.
    static let names = ["balancer", "address-sessions", "address-strangers"]

    func validate() throws {
        try OptionBounds.check(
            ["address-sessions": addressSessions, "address-strangers": addressStrangers], OptionBounds.count)
    }
}
