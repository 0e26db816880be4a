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
                {"body":"one\\ntwo\\u0001","code":250,"ok":true,"status":"2.0.0",\
                "text":["FROM=alice","a \\"b\\" \\\\ / é"],"verb":"DECRYPT"}\n
                """)
        let binary = JSONAnswer(Reply(550, nil, "No"), verb: nil, line: 7, body: ByteBuffer(bytes: [0xFF, 0x00]))
        #expect(
            String(buffer: binary.bytes) == """
                {"body64":"/wA=","code":550,"line":7,"ok":false,"text":["No"]}\n
                """)
    }
}
