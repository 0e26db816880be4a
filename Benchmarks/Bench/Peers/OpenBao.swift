/// OpenBao with its storage in memory, without TLS, and with an audit log in a file. It may use all processors.
struct OpenBao {
    let port: UInt16
    let child: Child
    let token: String

    static func program(_ conditions: Conditions) -> String? {
        Tool.find("bao", in: conditions.peers.map { ["\($0)/bin"] } ?? [])
    }

    /// Starts a server with the transit engine and the AES-256-GCM key `bench`.
    init(_ conditions: Conditions) throws {
        self = try Self.started(conditions)
        try call("POST", "sys/mounts/transit", #"{"type":"transit"}"#)
        try call("POST", "transit/keys/bench", #"{"type":"aes256-gcm96"}"#)
    }

    private init(port: UInt16, child: Child, token: String) {
        (self.port, self.child, self.token) = (port, child, token)
    }

    func end() { child.end() }

    /// Starts a server, and waits until it answers whether it is sealed.
    static func start(_ conditions: Conditions) throws -> (port: UInt16, child: Child) {
        guard let program = program(conditions) else { throw MissingPeer(name: "OpenBao") }
        let port = try Ready.freePort()
        let file = "\(conditions.directory.path)/bao.hcl"
        try TextFile.write(configuration(port, conditions.log("bao-audit")), to: file)
        let child = try Child(program, ["server", "-config=\(file)"], log: conditions.log("bao"))
        try Ready.wait(for: child) {
            (try? Ready.answer(to: request("GET", "sys/seal-status", close: true), at: port))?.contains("200 OK")
                ?? false
        }
        return (port, child)
    }

    private static func started(_ conditions: Conditions) throws -> OpenBao {
        let (port, child) = try start(conditions)
        let unopened = OpenBao(port: port, child: child, token: "")
        let made = try unopened.call("PUT", "sys/init", #"{"secret_shares":1,"secret_threshold":1}"#)
        guard let key = member("keys", of: made), let token = member("root_token", of: made) else {
            throw LoadError("OpenBao: no root token in \(made)")
        }
        try unopened.call("PUT", "sys/unseal", #"{"key":"\#(key)"}"#)
        return OpenBao(port: port, child: child, token: token)
    }

    /// Makes a call on a connection of its own.
    ///
    /// - Returns: The head and the body of the answer.
    @discardableResult
    func call(_ method: String, _ path: String, _ body: String) throws -> String {
        let answer = try Ready.answer(
            to: Self.request(method, path, body, token: token, close: true), at: port)
        guard answer.hasPrefix("HTTP/1.1 20") else { throw LoadError("OpenBao, \(path): \(answer)") }
        return answer
    }

    /// Returns a request for a connection that stays open. It encrypts bytes with the key `bench`. Transit expects
    /// them as base64.
    func encryption(ofBase64 plaintext: String) -> [UInt8] {
        Array(Self.request("POST", "transit/encrypt/bench", #"{"plaintext":"\#(plaintext)"}"#, token: token).utf8)
    }

    private static func request(
        _ method: String, _ path: String, _ body: String = "", token: String = "", close: Bool = false
    ) -> String {
        let head = [
            "\(method) /v1/\(path) HTTP/1.1", "Host: 127.0.0.1", "Content-Length: \(body.utf8.count)",
            token.isEmpty ? nil : "X-Vault-Token: \(token)", close ? "Connection: close" : nil,
        ]
        return head.compactMap { $0 }.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    /// Returns the first text of a member of a JSON object, whether it is in an array or not.
    static func member(_ name: String, of json: String) -> String? {
        guard let behind = json.split(separator: "\"\(name)\":", maxSplits: 1).dropFirst().first else { return nil }
        return behind.split(separator: "\"", omittingEmptySubsequences: false).dropFirst().first.map(String.init)
    }

    private static func configuration(_ port: UInt16, _ audit: String) -> String {
        """
        disable_mlock = true
        storage "inmem" {}
        listener "tcp" {
          address = "127.0.0.1:\(port)"
          tls_disable = true
        }
        audit "file" "file" {
          options = {
            file_path = "\(audit)"
          }
        }

        """
    }
}
