import Synchronization

/// What the operator has decided of commands, and may decide otherwise while they run. What begins after a change goes by
/// it.
package final class SitePolicy: Sendable {
    package struct Values: Sendable {
        package var signUp = SignUpPolicy.open
        package var signUpBounds = SignUpBounds()
        package var throttle = LogInThrottle.Policy()
        /// Seconds that a token is good for, from when it is issued.
        package var tokenLifetime = 3600

        package init() {}
    }

    private let values: Mutex<Values>

    package init(_ values: Values = Values()) {
        self.values = Mutex(values)
    }

    package func become(_ values: Values) { self.values.withLock { $0 = values } }

    var signUp: SignUpPolicy { values.withLock { $0.signUp } }
    var signUpBounds: SignUpBounds { values.withLock { $0.signUpBounds } }
    var throttle: LogInThrottle.Policy { values.withLock { $0.throttle } }
    var tokenLifetime: Int { values.withLock { $0.tokenLifetime } }
}
