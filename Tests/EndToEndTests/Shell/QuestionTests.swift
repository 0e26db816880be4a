import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Questions of a server that wants more than it should get", .serialized)
    struct Questions {
        struct Case: Sendable, CustomTestStringConvertible {
            let arguments: [String]
            let input: String
            /// The replies that the server sends at once, after the first request.
            let replies: String
            /// The bytes that the server gets after that request.
            let got: String
            var testDescription: String { "\(arguments) \(input.debugDescription) \(replies.debugDescription)" }
        }

        /// A server that offers a few commands. It prints the status of the client, what it got, and the client's errors.
        private static let program = """
            import socket, subprocess, sys, threading
            program, replies, text, *arguments = sys.argv[1:]
            listener = socket.create_server(("127.0.0.1", 0))
            got = []
            def serve():
                client, _ = listener.accept()
                file = client.makefile("rb")
                client.sendall(b"220 gate ready\\r\\n")
                file.readline()
                client.sendall(
                    b'250-2.0.0 SIGN ARGS="message:message" ACCESS=anyone PLUGIN=keys\\r\\n'
                    b'250-2.0.0 WHOAMI ACCESS=anyone PLUGIN=auth\\r\\n'
                    b'250 2.0.0 LOGIN ARGS="name:name password:secret" ACCESS=anyone PLUGIN=auth\\r\\n')
                file.readline()
                client.sendall(replies.encode())
                got.append(file.read())
            thread = threading.Thread(target=serve)
            thread.start()
            client = subprocess.run(
                [program, "--port", str(listener.getsockname()[1])] + arguments, input=text.encode(),
                capture_output=True, timeout=50)
            thread.join()
            print(client.returncode, got[0], client.stderr.decode().strip())
            """

        private static let twice = "354 Send the message\r\n354 Send the message\r\n"

        @Test(
            "A message and a secret are sent once, and only if the request lacks them",
            arguments: [
                Case(arguments: ["SIGN"], input: "message", replies: twice, got: "message\\r\\n"),
                Case(
                    arguments: [], input: "SIGN\nmessage\n.\nLOGIN alice secret\n", replies: twice,
                    got: "message\\r\\n.\\r\\n"),
                Case(arguments: [], input: "SIGN {3}\nabc\nsecret\n", replies: twice, got: "abc\\r\\n"),
                Case(arguments: [], input: "WHOAMI\nSIGN\nsecret\n.\n", replies: twice, got: ""),
                Case(arguments: [], input: "LOGIN alice\nsecret\n", replies: twice, got: ""),
                Case(arguments: [], input: "SIGN message\nsecret\n", replies: "334 Send the password\r\n", got: ""),
                Case(
                    arguments: [], input: "LOGIN alice\nsecret\nother\n",
                    replies: "334 Send the password\r\n334 Send the password\r\n", got: "secret\\r\\n"),
            ])
        func requests(_ example: Case) async throws { try await Self.check(example) }

        @Test("A password is sent once, and not as a message")
        func logIn() async throws {
            let directory = try TemporaryDirectory()
            let path = "\(directory.path)/password"
            try Data("secret\n".utf8).write(to: URL(filePath: path))
            chmod(path, 0o600)
            let arguments = ["--user", "alice", "--password-file", path, "--identity", "\(path)/none"]
            let ask = "334 Send the password on a line of its own\r\n"
            for (replies, got) in [(Self.twice, ""), (ask + ask, "secret\\r\\n"), (ask + Self.twice, "secret\\r\\n")] {
                try await Self.check(Case(arguments: arguments, input: "WHOAMI\n", replies: replies, got: got))
            }
        }

        private static func check(_ example: Case) async throws {
            let result = try await Tools.python(
                program, [Tools.own("clavero"), example.replies, example.input] + example.arguments)
            #expect(
                result.output.contains(
                    "1 b'\(example.got)' clavero: the server asks for more than the request lacks; disconnected"),
                "\(result.output) \(result.errors)")
        }
    }
}
