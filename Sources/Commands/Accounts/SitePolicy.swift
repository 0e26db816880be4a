import Store
import Synchronization

/// The operator's decisions about commands. The operator may change them while the server runs. Requests that begin
/// after a change follow the new values.
package final class SitePolicy: Sendable {
    package struct Values: Sendable {
        package var signUp = SignUpPolicy.open
        package var signUpBounds = SignUpBounds()
        package var throttle = LogInThrottle.Policy()
        /// The lifetime of a token, in seconds from when it is issued.
        package var tokenLifetime = 3600
        /// The age at which a key is rotated, in seconds; nil if keys are not rotated by age.
        package var rotationAge: Int?
        /// The bounds on the versions of a key. The number of those that stay live holds for rotations by age.
        package var keyBounds = KeyBounds()

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
    var rotationAge: Int? { values.withLock { $0.rotationAge } }
    var keyBounds: KeyBounds { values.withLock { $0.keyBounds } }
    var tokenLifetime: Int { values.withLock { $0.tokenLifetime } }
}
