import CoreMetrics
import Wire

/// The settings that all sessions of a daemon have.
package struct SessionSettings: Sendable {
    package var limits = Limits.session
    package var unauthenticated = Limits.unauthenticated
    package var timeouts = SessionTimeouts()
    /// The memory for the bodies of all sessions together; nil if it is not limited.
    package var memory: BodyMemory?
    /// The identity for STARTTLS; nil if TLS is not offered.
    package var tls: TLSIdentity?
    package var addressLimiter: AddressLimiter?
    /// The switch for new sessions; nil if all are accepted.
    package var admission: AdmissionSwitch?
    /// The count of sessions; nil for sessions that are not counted.
    package var count: SessionCount?
    /// The counter of TLS handshakes that fail.
    package var handshakeFailures: Counter?
    /// Whether the operator says that nobody listens on the networks between clients and the daemon.
    package var trustsNetworks = false

    /// The link number in the names of the sessions' requests.
    package var id = UInt32.random(in: .min ... .max)

    /// The addresses of balancers that name the client by HAProxy's PROXY protocol.
    package var balancers: [AddressRange] = []

    package init() {}
}
