import NIOCore
import Testing
import Wire

@testable import Shell

@Suite struct AnswerTests {
    /// RFC 8259 by Python's json module: `json.dumps(…, sort_keys=True, separators=(",", ":"), ensure_ascii=False)`.
    @Test func json() {
        let reply = Reply(250, "2.0.0", ["FROM=alice", "a \"b\" \\ / é"])
        let plain = JSONAnswer(reply, verb: "DECRYPT", line: nil, body: ByteBuffer(string: "one\ntwo\u{1}"))
        #expect(
            String(buffer: plain.octets) == """
                {"body":"one\\ntwo\\u0001","code":250,"ok":true,"status":"2.0.0",\
                "text":["FROM=alice","a \\"b\\" \\\\ / é"],"verb":"DECRYPT"}\n
                """)
        let binary = JSONAnswer(Reply(550, nil, "No"), verb: nil, line: 7, body: ByteBuffer(bytes: [0xFF, 0x00]))
        #expect(
            String(buffer: binary.octets) == """
                {"body64":"/wA=","code":550,"line":7,"ok":false,"text":["No"]}\n
                """)
    }

    @Test(arguments: [
        ("", [""]), ("one", ["one"]), ("one\n", ["one"]), ("one\n\n", ["one", ""]), ("a\tb", ["a\tb"]),
        ("two\nlines", ["two", "lines"]), ("a\u{202e}b\nc", ["a\\u{202e}b", "c"]),
        ("a\r\n", ["(3 octets of binary; not shown: >file keeps them)"]),
        ("\u{9b}", ["(2 octets of binary; not shown: >file keeps them)"]),
        ("\u{1b}[2J", ["(4 octets of binary; not shown: >file keeps them)"]),
        ("clv1" + "x", ["clv1.eA"]),
    ])
    func shown(_ body: String, _ lines: [String]) {
        let octets = ByteBuffer(string: body)
        #expect(Shown.lines(of: octets, count: octets.readableBytes) == lines)
    }

    @Test(arguments: [[0, 1, 2], [0xFF, 0xC3, 0x28]])
    func binaryIsNotShown(_ body: [UInt8]) {
        let lines = Shown.lines(of: ByteBuffer(bytes: body), count: 3)
        #expect(lines == ["(3 octets of binary; not shown: >file keeps them)"])
    }

    @Test func longBodiesAreCounted() {
        #expect(Shown.lines(of: ByteBuffer(), count: 5) == ["(5 octets of binary; not shown: >file keeps them)"])
    }

    @Test(arguments: [
        (Duration.microseconds(420), "0.42 ms"), (.microseconds(5), "0.01 ms"), (.microseconds(9996), "10.00 ms"),
        (.microseconds(12_340), "12.3 ms"), (.microseconds(512_400), "512 ms"), (.milliseconds(1250), "1.25 s"),
        (.seconds(61), "61.0 s"), (.zero, "0.00 ms"),
    ])
    func timing(_ duration: Duration, _ text: String) {
        #expect(Timing.text(duration) == text)
    }

    @Test func prompts() {
        let text = { (account: AccountName?, isConnected: Bool, isPrivate: Bool) in
            Prompt.text(account: account, place: "gate", isConnected: isConnected, isPrivate: isPrivate)
        }
        #expect(text(AccountName("alice"), true, true) == "alice@gate> ")
        #expect(text(AccountName("alice"), true, false) == "alice@gate [in clear]> ")
        #expect(text(nil, true, true) == "gate> ")
        #expect(text(nil, false, true) == "gate [not connected]> ")
    }
}
