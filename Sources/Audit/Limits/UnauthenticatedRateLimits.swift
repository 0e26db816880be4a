/// The lines a second that are written for clients without an account. The lines of twenty seconds may come at once.
package struct UnauthenticatedRateLimits: Sendable, Equatable {
    /// The lines of one network; nil if they are not limited.
    package var network: Int? = 10
    /// The lines of all networks together; nil if they are not limited.
    package var all: Int? = 100

    package init() {}
}
