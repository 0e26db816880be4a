import Foundation

/// Waits until a proxy knows all commands.
package enum Ready {
    /// Each of the proxy's threads has links of its own, and connections go to the threads in turn.
    package static func wait(port: Int, threads: Int = ProcessInfo.processInfo.activeProcessorCount) async throws {
        var answered = 0
        while answered < threads {
            answered = try await isReady(port: port) ? answered + 1 : 0
            await Task.yield()
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
