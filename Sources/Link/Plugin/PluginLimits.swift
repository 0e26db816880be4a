import NIOCore
import Wire

/// The limits of a plugin's process.
package struct PluginLimits: Sendable {
    /// The time for an answer. A plugin that takes longer is restarted.
    package var answerTime = TimeAmount.seconds(20)
    /// The time for the process to exit after its input has ended. Then it is killed.
    package var exitTime = TimeAmount.seconds(2)
    /// The time for the process to announce its commands. Until then, or until the announcement, its server accepts no
    /// connections.
    package var announcementTime = TimeAmount.seconds(3)
    /// The most bytes of requests that may wait for the process to read them.
    package var unwritten = UpstreamMachine.leastUnwritten

    package init() {}
}
