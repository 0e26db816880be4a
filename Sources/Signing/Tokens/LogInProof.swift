/// The way and the time in which a user proved to be an account's owner.
package struct LogInProof: Sendable, Equatable {
    /// The way of the proof. Its raw values are those of RFC 8176.
    package enum Method: String, Sendable {
        case password = "pwd"
        /// Possession of a private key.
        case key = "pop"
    }

    package let method: Method
    /// The time of the proof, in seconds since 1970.
    package let time: Int

    package init(_ method: Method, at time: Int) {
        (self.method, self.time) = (method, time)
    }
}
