import NIOCore
import Wire

/// The account names that requests and replies have mentioned.
struct SeenAccountNames {
    private(set) var all: Set<String> = []

    /// Adds the account names of a successful request and of its reply.
    mutating func addNames(from line: [UInt8], _ spec: CommandSpec?, _ reply: Reply) {
        let frame = RequestLine(head: ByteBuffer(bytes: line))
        if let spec, let request = try? Request(frame, for: Manifest.Entry(spec), words: 64) {
            for value in request.values {
                switch value {
                case .name(let name): all.insert(name.description)
                case .names(let names): all.formUnion(names.map(\.description))
                case .bytes, nil: break
                }
            }
        }
        if let match = reply.text.firstMatch(of: /(?:^FROM=|^Logged in as )(\S+)/),
            let name = AccountName(String(match.output.1))
        {
            all.insert(name.description)
        }
    }
}
