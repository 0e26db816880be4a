/// Waits until a proxy knows all commands.
package enum Ready {
    package static func wait(port: Int) async throws {
        while true {
            let conversation = Conversation(try SocketTransport(port: port))
            _ = try await conversation.reply()
            try await conversation.send("COMMANDS")
            let commands = try await conversation.reply().map { $0.dropFirst(10).prefix { $0 != " " } }
            await conversation.close()
            if commands.contains("SIGNUP"), commands.contains("LOGIN") { return }
            await Task.yield()
        }
    }
}
