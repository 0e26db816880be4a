/// The requests that a connection sends, one after another, ready to be written.
final class Script: Sendable {
    /// The bytes of all requests, without gaps.
    let bytes: [UInt8]
    /// The length of each request, in bytes.
    let lengths: [Int]
    /// Whether the script begins again after its end. Otherwise the connection is done at the end.
    let isCyclic: Bool

    init(_ requests: [[UInt8]], isCyclic: Bool) {
        precondition(!requests.isEmpty && requests.allSatisfy { !$0.isEmpty })
        bytes = Array(requests.joined())
        lengths = requests.map(\.count)
        self.isCyclic = isCyclic
    }

    /// Creates a script that sends one request for ever. It contains `inFlight` copies of the request, up to 1 MiB,
    /// so that many can be written at once.
    convenience init(repeating request: [UInt8], inFlight: Int) {
        let copies = max(1, min(inFlight, (1 << 20) / max(1, request.count)))
        self.init(Array(repeating: request, count: copies), isCyclic: true)
    }

    /// Returns a line with its line end.
    static func line(_ text: String) -> [UInt8] { Array("\(text)\r\n".utf8) }

    /// Returns a line that ends in a literal of `bytes`, with its line end.
    static func line(_ text: String, literal bytes: [UInt8]) -> [UInt8] {
        Array("\(text) {\(bytes.count)+}\r\n".utf8) + bytes + Array("\r\n".utf8)
    }
}
