import NIOCore
import Wire

/// The account names that a session has had to do with, for completion.
struct SeenNames {
    private(set) var all: Set<String> = []

    /// Takes the names out of a request that was answered, and out of its answer.
    mutating func learn(_ line: [UInt8], _ spec: CommandSpec?, _ reply: Reply) {
        let frame = Frame(head: ByteBuffer(bytes: line))
        if let spec, let request = try? Request(frame, for: Manifest.Entry(spec), words: 64) {
            for (parameter, value) in zip(request.parameters, request.values) {
                guard let value, parameter.type == .name || parameter.type == .names else { continue }
                all.formUnion(String(buffer: value).split(separator: ",").map(String.init))
            }
        }
        if let match = reply.text.firstMatch(of: /(?:^FROM=|^Logged in as )(\S+)/),
            let name = AccountName(String(match.output.1))
        {
            all.insert(name.description)
        }
    }
}
