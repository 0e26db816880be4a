import CoreMetrics
import Wire

/// What the sessions of a daemon have in common.
package struct SessionSettings: Sendable {
    package var limits = Limits.session
    package var stranger = Limits.stranger
    package var deadlines = Deadlines()
    /// The memory for the bodies of all sessions together; nil if it is not bounded.
    package var memory: BodyMemory?
    /// What STARTTLS begins; nil where it is not offered.
    package var tls: TLSIdentity?
    package var census: SessionCensus?
    /// Whether a session is taken that begins; nil where all are.
    package var admission: Admission?
    /// Where the sessions are counted; nil for those that are not.
    package var count: SessionCount?
    /// Counts the connections whose TLS handshake comes to nothing.
    package var handshakeFailures: Counter?
    /// The operator's word that nobody listens on the networks that clients come by.
    package var trustsNetworks = false

    /// What requests of the sessions are called by.
    package var id = UInt32.random(in: .min ... .max)

    /// Who says by HAProxy's PROXY protocol whom a connection comes from.
    package var balancers: [AddressRange] = []

    package init() {}
}

/// The settings as sessions have them: once for many, as most are idle and each would have room for them.
package final class SharedSettings: Sendable {
    package let settings: SessionSettings
    let limits: SessionLimits
    let greeting: Reply

    /// `host`: what the daemon is called.
    package init(_ settings: SessionSettings, host: String) {
        self.settings = settings
        greeting = SessionCommands.greeting(of: host)
        limits = SessionLimits(full: settings.limits, stranger: settings.stranger, memory: settings.memory)
    }
}
