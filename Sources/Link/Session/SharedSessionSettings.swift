import Wire

/// The settings of many sessions, in one object, so that an idle session takes less memory.
package final class SharedSessionSettings: Sendable {
    package let settings: SessionSettings
    let limits: SessionLimits
    let greeting: Reply

    /// `host`: the daemon's name in the greeting.
    package init(_ settings: SessionSettings, host: String) {
        self.settings = settings
        greeting = SessionCommands.greeting(of: host)
        limits = SessionLimits(
            full: settings.limits, unauthenticated: settings.unauthenticated, memory: settings.memory)
    }
}
