import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The example plugins, without a server", .serialized)
    struct PluginExamples {
        /// Runs an example program with `input`. Returns its frames after the announcement.
        private static func answers(_ file: String, _ input: String, in directory: TemporaryDirectory) async throws
            -> [TestFrame]
        {
            let plugin = Repository.root.appending(path: "Examples/plugins/\(file)").path
            let result = try await Tools.run(
                "/bin/sh", ["-c", "cd \"$1\" && exec \"$2\"", "sh", directory.path, plugin], input: input)
            #expect(result.status == 0 && result.errors == "", "\(result.errors)")
            let frames = try TestFrame.all(in: Array(result.output.utf8))
            let ready = try #require(frames.firstIndex { $0.line == "READY" })
            #expect(frames[...ready].allSatisfy { $0.lane == 0 && $0.attributes == [] && $0.text.hasSuffix("\r\n") })
            #expect(frames[0].line == "HELLO 2 \(file.prefix { $0 != "." })")
            return Array(frames[(ready + 1)...])
        }

        private static func reply(_ lane: Int, _ text: String) -> TestFrame {
            TestFrame(lane: lane, attributes: [], bytes: Array(text.utf8))
        }

        private static let messages = [
            "Hello", "", "a\u{0}b\rc\n", "\r\n\r\n", "#1 5\r\nHello", "#0 0\r\n", "{5}\r\n", "250 2.0.0 x\r\n", "\n",
            String(repeating: "x", count: 1 << 20),
        ]

        @Test("ROT13 accepts any bytes, even those that look like framing")
        func rot13() async throws {
            let directory = try TemporaryDirectory()
            for form in ["line", "text", "literal"] {
                let requests = Self.messages.enumerated().map { place, message in
                    frame(
                        17, "ROT13 \(form) message=\(message.utf8.count)\r\n\(message)",
                        place == 0 ? "PEER=[2001:db8::1]:40312 USER=alice" : "") + note("PING \(place)")
                }
                let answers = try await Self.answers(
                    "rot13.sh", note("FUTURE") + requests.joined() + frame(17, "", "END"), in: directory)
                let turned = Self.messages.map { message in
                    String(
                        decoding: message.utf8.map { byte in
                            switch byte {
                            case 0x41...0x4D, 0x61...0x6D: byte + 13
                            case 0x4E...0x5A, 0x6E...0x7A: byte - 13
                            default: byte
                            }
                        }, as: UTF8.self)
                }
                #expect(answers == turned.map { Self.reply(17, "250 2.0.0 {\($0.utf8.count)}\r\n\($0)\r\n") })
            }
        }

        @Test("A stamp is valid for its message and its account, and a lane that has ended is forgotten")
        func timeStamp() async throws {
            let directory = try TemporaryDirectory()
            func request(_ lane: Int, _ message: String, _ stamp: String? = nil, _ attributes: String = "") -> String {
                let sizes = (stamp.map { "stamp=\($0.utf8.count) " } ?? "") + "message=\(message.utf8.count)"
                let verb = stamp == nil ? "STAMP" : "STAMPED"
                return frame(lane, "\(verb) line \(sizes)\r\n\(stamp ?? "")\(message)", attributes)
            }
            let requests =
                request(3, Self.messages[0], nil, "PEER=local USER=alice")
                + Self.messages.dropFirst().map { request(3, $0) }.joined() + frame(3, "", "END")
                + request(3, "x", nil, "PEER=local USER=bob") + request(3, "x", nil, "USER=carol")
            let stamps = try await Self.answers("time-stamp.py", requests, in: directory).map { reply in
                try reply.line.after("250 2.0.0 ")
            }
            let names = Array(repeating: "alice", count: Self.messages.count) + ["bob", "carol"]
            #expect(stamps.map { $0.split(separator: ":")[2] } == names.map { $0[...] })
            // The plugin has written its key into a file by now.
            let checks = zip(Self.messages, stamps).map { request(4, $0, $1) }.joined()
            let answers = try await Self.answers(
                "time-stamp.py", checks + request(4, "another", stamps[0]) + request(4, "x", "\u{0}\r\n"), in: directory
            )
            #expect(answers.dropLast(2).allSatisfy { $0.line.hasPrefix("250 2.0.0 alice had this message at ") })
            #expect(answers.dropFirst(Self.messages.count).map { $0.line.prefix(9) } == ["550 5.7.7", "501 5.5.4"])
        }

        @Test("The guest book waits for its signature, and then answers the requests that arrived meanwhile")
        func guestBook() async throws {
            let directory = try TemporaryDirectory()
            let guest = { (message: String) in "GUEST line message=\(message.utf8.count)\r\n\(message)" }
            let input =
                frame(8, guest("{5}"), "PEER=local USER=alice") + frame(9, "GUESTS line\r\n", "PEER=local")
                + frame(9, "", "END") + frame(8, "250 2.0.0 {13}\r\nclvs1.alice.1\r\n") + frame(8, guest("x\r\ny"))
                + frame(8, guest("no")) + note("PING 1") + frame(8, "550 5.7.1 Not signed\r\n")
            let answers = try await Self.answers("guest-book.py", input, in: directory)
            #expect(
                answers == [
                    Self.reply(8, "SIGN literal message=3\r\n{5}"), Self.reply(8, "250 2.0.0 Written\r\n"),
                    Self.reply(9, "250 2.0.0 {17}\r\nclvs1.alice.1 {5}\r\n"),
                    Self.reply(8, "501 5.5.4 An entry is one line of 1 to 200 bytes\r\n"),
                    Self.reply(8, "SIGN literal message=2\r\nno"), Self.reply(8, "550 5.7.1 Not signed\r\n"),
                ])
        }

        @Test(
            "The examples end with status 0 wherever their input ends",
            arguments: ["rot13.sh", "time-stamp.py", "guest-book.py"])
        func ends(_ file: String) async throws {
            let directory = try TemporaryDirectory()
            let verb = ["rot13.sh": "ROT13", "time-stamp.py": "STAMP", "guest-book.py": "GUEST"][file]!
            let plugin = Repository.root.appending(path: "Examples/plugins/\(file)").path
            let whole = frame(1, "\(verb) line message=2\r\nab", "PEER=local USER=alice") + frame(1, "", "END")
            for count in 0...whole.utf8.count {
                let input = try #require(String(whole.utf8.prefix(count)))
                let result = try await Tools.run(
                    "/bin/sh", ["-c", "cd \"$1\" && exec \"$2\"", "sh", directory.path, plugin], input: input)
                #expect(result.status == 0 && result.errors == "", "\(count): \(result.errors)")
            }
        }

        @Test("clavero-plugin(7) shows the answers of the first example")
        func manual() async throws {
            let block = try ShownCommands("man/clavero-plugin.7").take("$ printf '#1 27")
            let script = "cd '\(Repository.root.path)' && " + ShownCommands.script(block)
            let output = try await Tools.run("/bin/sh", ["-c", script]).output.lines
            let shown = block.drop { $0 != "#0 15" }
            #expect(output.count == shown.count)
            for (line, shown) in zip(output, shown) {
                let start = shown.hasSuffix(" ...") ? String(shown.dropLast(4)) : shown
                #expect(start == shown ? line == shown : line.hasPrefix(start), "\(line)")
            }
        }
    }
}
