import Daemon
import NIOCore
import Seal
import Secrets
import Signing

@testable import Link

/// Checks that a parser of outside data either reads or refuses any input. The first byte selects the parser. The
/// other bytes either change a valid input of it or are the input themselves.
///
/// - Throws: A `Violation` if a property does not hold.
package func checkParser(_ bytes: some Sequence<UInt8>) throws {
    var choices = Choices(bytes)
    switch choices.number(below: 12) {
    case 0: try checkProxyHeader(choices.changed(choices.isChosen() ? proxyLine : proxyBinary))
    case 1: try checkClientHello(choices.changed(clientHello))
    case 2: try checkEnvelope(choices.changed(envelope))
    case 3: try checkKeyedText(choices.changed(signature))
    case 4: try checkSSHSignature(choices.changed(sshSignature))
    case 5: try checkSSHKey(choices.changed(sshKey))
    case 6: try checkToken(choices.changed(token))
    case 7: try checkSettings(choices.changed(Array("# x\nlisten = [::1]:1\nname=a b\n".utf8)))
    case 8: try checkEnvelope(choices.changed(envelopeWithContext))
    case 9: try checkKeyedText(choices.changed(tag))
    case 10: try checkContexts(choices.changed(Array("invoices\0invoices/2026\0é".utf8)))
    default: try checkReservedFormat(choices.changed(choices.one(of: reservedMessages)))
    }
}

extension Choices {
    /// Returns the sample with some bytes changed, removed or inserted, or returns the remaining bytes instead.
    fileprivate mutating func changed(_ sample: [UInt8]) -> [UInt8] {
        guard isChosen() else { return rest() }
        var bytes = sample
        for _ in 0..<number(below: 6) {
            let place = (Int(next()) << 8 | Int(next())) % (bytes.count + 1)
            switch number(below: 3) {
            case 0 where place < bytes.count: bytes[place] = next()
            case 1 where place < bytes.count: bytes.remove(at: place)
            default: bytes.insert(contentsOf: take(number(below: 8)), at: place)
            }
        }
        return bytes
    }
}

// MARK: - The PROXY protocol and TLS

private let proxyLine = Array("PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\nNOOP\r\n".utf8)

/// A header of version 2 for TCP over IPv4, with PP2_TYPE_SSL after the addresses.
private let proxyBinary: [UInt8] =
    [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0x00, 0x14]
    + [192, 0, 2, 1, 192, 0, 2, 2, 0xDC, 0x04, 0x01, 0xBB] + [0x20, 0x00, 0x05, 0x01, 0, 0, 0, 0] + Array("NOOP\n".utf8)

/// Checks that a header is read in the same way, and takes the same bytes, when they arrive one at a time.
private func checkProxyHeader(_ bytes: [UInt8]) throws {
    func read(_ pieces: [ArraySlice<UInt8>]) -> String {
        var (buffer, fed) = (ByteBuffer(), 0)
        for piece in pieces {
            buffer.writeBytes(piece)
            fed += piece.count
            do throws(ProxyHeader.Fault) {
                guard let header = try ProxyHeader.take(&buffer) else { continue }
                return "\(header.source, default: "nobody") \(header.isEncrypted) \(fed - buffer.readableBytes)"
            } catch {
                return "fault"
            }
        }
        return "incomplete"
    }
    let (whole, cut) = (read([bytes[...]]), read(bytes.indices.map { bytes[$0...$0] }))
    try require(whole == cut, "a PROXY header is \(whole), and \(cut) a byte at a time: \(bytes)")
}

/// A ClientHello that offers `h2` and `smtp`.
private let clientHello: [UInt8] = {
    let alpn: [UInt8] = [0, 16, 0, 10, 0, 8, 2] + Array("h2".utf8) + [4] + Array("smtp".utf8)
    let hello: [UInt8] =
        [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + [0, 2, 0x13, 0x01] + [1, 0] + [0, UInt8(alpn.count)] + alpn
    return [22, 3, 1, 0, UInt8(hello.count + 4), 1, 0, 0, UInt8(hello.count)] + hello
}()

/// Checks that the result for a ClientHello, once it is known, does not change when more bytes arrive.
private func checkClientHello(_ bytes: [UInt8]) throws {
    var known: ClientHello?
    for count in 0...bytes.count {
        let hello = ClientHello(ByteBuffer(bytes: bytes[..<count]))
        guard let before = known else {
            if hello != .incomplete { known = hello }
            continue
        }
        try require(hello == before, "\(before) becomes \(hello) after \(count) bytes: \(bytes)")
    }
}

// MARK: - Sealed messages and signatures

/// An envelope of the correct form from `alice` to `bob`. Its keys do not exist.
private let envelope: [UInt8] =
    Array("clv1\0".utf8) + [5] + Array("alice".utf8) + [0, 1] + [3] + Array("bob".utf8) + [0, 0, 0, 1]
    + [UInt8](repeating: 9, count: 72) + [UInt8](repeating: 8, count: 44)

private let envelopeWithContext: [UInt8] = envelope[..<4] + [1] + envelope[5...]

private let context = MessageContext(Array("invoices".utf8))

private let envelopeKey = try! EnvelopeKey(SecretBytes([UInt8](repeating: 1, count: 32)))

/// Checks that the parts of an envelope lie within it, and that a key which did not seal it cannot open it.
private func checkEnvelope(_ bytes: [UInt8]) throws {
    guard let header = try? EnvelopeHeader(parsing: bytes.span.bytes) else { return }
    try require(1...1024 ~= header.recipients.count, "\(header.recipients.count) recipients")
    try require(
        0...bytes.count ~= header.messageCount, "a message of \(header.messageCount) of \(bytes.count) bytes")
    for recipient in header.recipients {
        for context in [nil, context] {
            let message = try? Envelope(parsing: bytes).open(
                as: recipient.name, version: recipient.version, key: envelopeKey, context: context)
            try require(message == nil, "an envelope is opened by another key: \(bytes)")
        }
    }
    try require(EnvelopeHeader.begins(bytes.span.bytes), "an envelope does not begin like one: \(bytes)")
    try require(header.hasContext == (bytes[4] == 1) && bytes[4] < 2, "flags that are unknown: \(bytes)")
}

/// Checks that a message opens with the context that it was sealed with, and with no other, and that the same holds for
/// tags. NULs separate the contexts.
private func checkContexts(_ bytes: [UInt8]) throws {
    let words = bytes.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    let contexts = [nil] + words.compactMap { MessageContext(Array($0)) }
    let bob = Envelope.Recipient(name: "bob", version: 1, key: envelopeKey)
    for context in contexts {
        let sealed = try Envelope.seal(bytes.span.bytes, from: "alice", to: [bob], context: context)
        let tag = tagKey.tag(of: bytes.span.bytes, context: context)
        for other in contexts {
            let opened = try? Envelope(parsing: sealed).open(as: "bob", version: 1, key: envelopeKey, context: other)
            try require(opened == (context == other ? bytes : nil), "a message is opened by another context: \(bytes)")
            try require(
                tagKey.isTag(tag, of: bytes.span.bytes, context: other) == (context == other),
                "a tag is good for another context: \(bytes)")
        }
    }
}

private let key = try! VerifyingKey(
    raw: [
        // This is the public key of RFC 8032, section 7.1, test 1.
        0xD7, 0x5A, 0x98, 0x01, 0x82, 0xB1, 0x0A, 0xB7, 0xD5, 0x4B, 0xFE, 0xD3, 0xC9, 0x64, 0x07, 0x3A, 0x0E, 0xE1,
        0x72,
        0xF3, 0xDA, 0xA6, 0x23, 0x25, 0xAF, 0x02, 0x1A, 0x68, 0xF7, 0x07, 0x51, 0x1A,
    ])

private let signature = Array("clvs1.alice.b@c.1.\(String(repeating: "A", count: 86))".utf8)

private let tag = Array("clvm1.alice.b@c.1.\(String(repeating: "A", count: 43))".utf8)

/// Checks that the text of a signature or a tag is written again as the same text, and that none is valid.
private func checkKeyedText(_ bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    for kind in KeyedText.Kind.allCases {
        guard let read = KeyedText(kind, text) else { continue }
        try require(
            read.description == text, "\(text.debugDescription) is read as \(read.description.debugDescription)")
        try require(!key.isValid(read.bytes.span.bytes, for: bytes.span.bytes), "a signature that nobody made is good")
        try require(!tagKey.isTag(read.bytes, of: bytes.span.bytes), "a tag that nobody made is good")
    }
}

private let tagKey = try! MACKey(SecretBytes([UInt8](repeating: 1, count: 32)))

private let reservedMessages: [[UInt8]] = [
    Array("SSHSIG\0".utf8), Array("eyJhbGciOiJFZERTQSJ9.e30".utf8), [0x30, 0x05, 0xA0, 3, 2, 1, 2],
    Array("origin\n12\n\(String(repeating: "A", count: 43))=\n".utf8), Array("clavero/1 mac\0\0x".utf8),
]

/// Checks that a message that is signed is none that this program or SSH signs in a format of its own.
private func checkReservedFormat(_ bytes: [UInt8]) throws {
    let format = ReservedFormat.of(bytes.span.bytes)
    for start in ["SSHSIG", "clavero/1 ", "clvc1."] where bytes.starts(with: start.utf8) {
        try require(format != nil, "a message is signed that begins like \(start): \(bytes)")
    }
    // The header of every token of a site is one that the server writes itself.
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 1, parts[0].hasPrefix("eyJhbGciOiJFZERTQSIsImtpZCI6I") else { return }
    try require(format != nil, "a message is signed that begins like a token: \(bytes)")
}

private let sshSignature: [UInt8] = {
    func string(_ bytes: [UInt8]) -> [UInt8] { [0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes }
    let algorithm = string(Array("ssh-ed25519".utf8))
    return Array("SSHSIG".utf8) + [0, 0, 0, 1] + string(algorithm + string(key.raw)) + string(Array("git".utf8))
        + string([]) + string(Array("sha512".utf8)) + string(algorithm + string([UInt8](repeating: 0, count: 64)))
}()

/// Checks that no SSH signature is valid, in its binary form or as text.
private func checkSSHSignature(_ bytes: [UInt8]) throws {
    for read in [SSHSignature(bytes), SSHSignature(armored: String(decoding: bytes, as: UTF8.self))] {
        guard let read else { continue }
        try require(read.publicKey.count == 32, "a key of \(read.publicKey.count) bytes")
        try require(!read.isValid(for: bytes.span.bytes, namespace: "git"), "a signature that nobody made is good")
    }
}

private let sshKey = Array(
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea alice@host {5} \u{202E}\n".utf8)

/// Checks that the comment of an SSH key is short, has one line, and contains no control characters for a terminal.
private func checkSSHKey(_ line: [UInt8]) throws {
    guard let read = try? SSHPublicKey(line: line) else { return }
    try require(read.raw.count == 32, "a key of \(read.raw.count) bytes")
    let isShown = read.comment.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    try require(isShown && read.comment.utf8.count <= 1024, "the comment \(read.comment.debugDescription)")
}

private let token = Array(
    "eyJhbGciOiJFZERTQSIsImtpZCI6IkFBQUFBQUFBQUFBIiwidHlwIjoiSldUIn0.e30.\(String(repeating: "A", count: 86))".utf8)

/// Checks that no token is valid.
private func checkToken(_ bytes: [UInt8]) throws {
    let verifier = TokenVerifier(keys: [key], issuer: "clavero", audience: "clavero")
    let claims = try? verifier.verify(String(decoding: bytes, as: UTF8.self), now: 1_800_000_000)
    try require(claims == nil, "a token that nobody signed is good")
}

// MARK: - Settings

/// Checks that each setting becomes one option of the command line, unless the file is refused.
private func checkSettings(_ bytes: [UInt8]) throws {
    let settings = SettingsSources(names: ["listen", "name", "upstream", "config"], repeatable: ["upstream"])
    let text = String(decoding: bytes, as: UTF8.self)
    guard let words = try? settings.arguments([], environment: ["CLAVERO_CONFIG": "x"], read: { _ in text }) else {
        return
    }
    for word in words {
        let isOption = ["--listen=", "--name=", "--upstream="].contains(where: word.hasPrefix)
        try require(isOption && !word.contains(where: \.isNewline), "the option \(word.debugDescription)")
    }
}
