import Foundation

/// Waits until a proxy knows all commands.
package enum Ready {
    /// Waits until as many connections in a row as the proxy has threads know all commands. Each of the threads has
    /// links of its own, and connections go to the threads in turn.
    package static func wait(port: Int, threads: Int = ProcessInfo.processInfo.activeProcessorCount) async throws {
        var answered = 0
        try await eventually("a proxy that knows all commands") {
            answered = try await isReady(port: port) ? answered + 1 : 0
            return answered == threads
        }
    }

    private static func isReady(port: Int) async throws -> Bool {
        let conversation = Conversation(try SocketTransport(port: port))
        _ = try await conversation.reply()
        try await conversation.send("COMMANDS")
        let commands = try await conversation.reply().map { $0.dropFirst(10).prefix { $0 != " " } }
        await conversation.close()
        return commands.contains("SIGNUP") && commands.contains("LOGIN")
    }
}
