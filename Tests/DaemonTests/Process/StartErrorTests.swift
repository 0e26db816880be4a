import Daemon
import Foundation
import Input
import Link
import NIOCore
import NIOPosix
import TestKit
import Testing

@Suite("Errors of listening")
struct StartErrorTests {
    private let directory = try! TemporaryDirectory()

    /// Returns the description of the error that NIO reports for a bind; an empty text if the bind succeeds.
    private func reason(path: String, replacing: Bool = false) async throws -> String {
        let endpoint = try #require(Endpoint(argument: "unix:\(path)"))
        do {
            let server = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            let channel = try await server.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: replacing).get()
            try await channel.close()
            return ""
        } catch {
            return StartError(listening: endpoint, error).description
        }
    }

    @Test("The error names the Unix socket and the system's reason, even if a file is in its place")
    func unix() async throws {
        let none = "\(directory.path)/none/socket"
        #expect(
            try await reason(path: none)
                == "unix:\(none): no such file or directory; make the directory, or choose another path")
        let file = "\(directory.path)/file"
        try Data().write(to: URL(filePath: file))
        #expect(
            try await reason(path: file)
                == "unix:\(file): address already in use; choose another address, or stop the program that listens there"
        )
        let replaced = try await reason(path: file, replacing: true)
        #expect(replaced == "unix:\(file): a file of that name exists and is not a socket")
        #expect(try await reason(path: "\(directory.path)/socket") == "")
    }
}
