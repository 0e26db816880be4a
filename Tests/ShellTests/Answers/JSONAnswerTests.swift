import Input
import NIOCore
import Testing
import Wire

@testable import Shell

@Suite("Answers as JSON")
struct JSONAnswerTests {
    /// The expected lines (RFC 8259) come from Python: `json.dumps(…, sort_keys=True, separators=(",", ":"),
    /// ensure_ascii=False)`.
    @Test("A reply becomes one line of JSON")
    func replies() {
        let reply = Reply(250, "2.0.0", ["FROM=alice", "a \"b\" \\ / é"])
        let plain = JSONAnswer(reply, verb: "DECRYPT", line: nil, body: ByteBuffer(string: "one\ntwo\u{1}"))
        #expect(
            String(buffer: plain.bytes) == """
                {"body":"one\\ntwo\\u0001","code":250,"enhanced":"2.0.0","from":"alice","ok":true,\
                "text":["FROM=alice","a \\"b\\" \\\\ / é"],"verb":"DECRYPT"}\n
                """)
        let binary = JSONAnswer(Reply(550, nil, "No"), verb: nil, line: 7, body: ByteBuffer(bytes: [0xFF, 0x00]))
        #expect(
            String(buffer: binary.bytes) == """
                {"body64":"/wA=","code":550,"line":7,"ok":false,"text":["No"]}\n
                """)
    }

    @Test("The facts of a reply in text are members, and the result is its body")
    func facts() {
        let opened = JSONAnswer(Reply(250, "2.0.0", ["FROM=alice a b"]), verb: "DECRYPT", line: nil, body: nil)
        #expect(opened.value(of: "from") == "alice" && opened.value(of: "body") == "a b")
        let lines = JSONAnswer(Reply(250, "2.0.0", ["FROM=alice", "a", "b"]), verb: "DECRYPT", line: nil, body: nil)
        #expect(lines.value(of: "from") == "alice" && lines.value(of: "body") == "a\nb")
        let signed = JSONAnswer(
            Reply(250, "2.0.0", ["bob signed this with key 12"]), verb: "VERIFY", line: nil, body: nil)
        #expect(signed.value(of: "account") == "bob" && signed.value(of: "key") == "12")
        #expect(
            signed.value(of: "body") == nil
                && signed.names == ["account", "code", "enhanced", "key", "ok", "text", "verb"])
        let refused = JSONAnswer(Reply(550, "5.1.1", ["FROM=alice x"]), verb: "DECRYPT", line: nil, body: nil)
        #expect(refused.value(of: "from") == nil && refused.value(of: "ok") == "false")
    }

    @Test("Control characters are escaped, and a sender is an account's name")
    func hostile() {
        let reply = Reply(250, "2.0.0", ["FROM=a\",\"ok\":1 \u{9B}x\u{202E}"])
        let answer = JSONAnswer(reply, verb: "DECRYPT", line: nil, body: nil)
        #expect(answer.value(of: "from") == nil)
        #expect(
            String(buffer: answer.bytes)
                == #"{"body":"FROM=a\",\"ok\":1 \u009bx\u202e","code":250,"enhanced":"2.0.0","ok":true,"#
                + #""text":["FROM=a\",\"ok\":1 \u009bx\u202e"],"verb":"DECRYPT"}"# + "\n")
    }

    @Test(
        "An account is an account's name, whatever the reply says",
        arguments: [
            (Verb("WHOAMI"), "alice; rm -rf /"), ("WHOAMI", "a\u{1b}[2J"), ("VERIFY", "$(id) signed this with key 1"),
            ("VERIFY", "\u{202e}a holds this token"), ("SIGNUP", "a,b signed up, key 1"), ("LOGIN", "Logged in as a/b"),
        ])
    func accounts(_ verb: Verb, _ text: String) {
        let answer = JSONAnswer(Reply(250, "2.0.0", [text]), verb: verb, line: nil, body: nil)
        #expect(answer.value(of: "account") == nil)
        #expect(answer.value(of: "text") == text)
    }

    @Test("A failure without a reply is an object too")
    func failures() {
        let failure = JSONAnswer(ExitError(message: "gate:1: connection refused", status: .unavailable))
        #expect(String(buffer: failure.bytes) == #"{"ok":false,"text":["gate:1: connection refused"]}"# + "\n")
    }
}
