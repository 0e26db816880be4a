/// The requests that a connection sends, one behind the other, ready to be written.
final class Script: Sendable {
    /// All requests' octets without gaps.
    let octets: [UInt8]
    /// Octets of each request.
    let lengths: [Int]
    /// Whether it begins again at its end; otherwise the connection is done there.
    let isCyclic: Bool

    init(_ requests: [[UInt8]], isCyclic: Bool) {
        precondition(!requests.isEmpty && requests.allSatisfy { !$0.isEmpty })
        octets = Array(requests.joined())
        lengths = requests.map(\.count)
        self.isCyclic = isCyclic
    }

    /// One request for ever. It is there as often as `inFlight`, up to 1 MiB, so that many can be written at once.
    convenience init(repeating request: [UInt8], inFlight: Int) {
        let copies = max(1, min(inFlight, (1 << 20) / max(1, request.count)))
        self.init(Array(repeating: request, count: copies), isCyclic: true)
    }

    /// A line, with its line end.
    static func line(_ text: String) -> [UInt8] { Array("\(text)\r\n".utf8) }

    /// A line that ends in a literal of `octets`, with its line end.
    static func line(_ text: String, literal octets: [UInt8]) -> [UInt8] {
        Array("\(text) {\(octets.count)+}\r\n".utf8) + octets + Array("\r\n".utf8)
    }
}
