import Foundation
import Glibc
import Synchronization
import TestKit

/// Sessions of one address that send a server as many requests as they can, on a thread of their own.
final class Flood: Sendable {
    /// The requests of a flood.
    enum Kind: String, CaseIterable {
        case commands = "COMMANDS"
        case logIns = "wrong log-ins"
        case signUps = "sign-ups"
        case lookUps = "PUBKEY of nobody"
        case telnet = "telnet's AYT"
        case links = "links that close one half"

        /// The number of the server that receives the flood: 0 is a key server, and 2 is an auth server.
        var server: Int {
            switch self {
            case .signUps, .lookUps, .telnet: 0
            case .commands, .logIns, .links: 2
            }
        }

        /// Returns the bytes that one session sends at once. `number` differs each time.
        func bytes(_ number: Int) -> String {
            switch self {
            case .commands: String(repeating: "COMMANDS\r\n", count: 500)
            case .logIns: "LOGIN flood-\(number) wrong-password\r\n"
            case .signUps: "SIGNUP flood-\(number) \"a long password\"\r\n"
            case .lookUps: String(repeating: "PUBKEY nobody-\(number)\r\n", count: 200)
            case .telnet: String(repeating: "\u{1}", count: 20_000)
            case .links: "* LINK 2 \(String(number, radix: 16))\r\n"
            }
        }
    }

    private static let sessions = 20
    /// The address of the flood. It differs from that of the sessions whose requests must be answered.
    private static let source = "127.0.0.66"

    private let isWanted = Atomic(true)
    private let ended = AsyncStream.makeStream(of: Void.self)

    /// Begins the flood. `port` is the server's port on this machine.
    init(_ kind: Kind, on port: Int) {
        Thread.detachNewThread { [self] in
            run(kind, port)
            ended.continuation.finish()
        }
    }

    /// Ends the flood, and returns when all its connections are closed.
    func end() async {
        isWanted.store(false, ordering: .relaxed)
        for await _ in ended.stream {}
    }

    private func run(_ kind: Kind, _ port: Int) {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var number = 0
        while isWanted.load(ordering: .relaxed) {
            if sockets.count < Self.sessions, let socket = Self.connected(port) { sockets.append(socket) }
            sockets.removeAll { socket in
                number += 1
                var bytes = Array(kind.bytes(number).utf8)
                if kind == .telnet { for place in bytes.indices { bytes[place] = place % 2 == 0 ? 0xFF : 0xF6 } }
                send(socket, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
                if kind == .links { shutdown(socket, Int32(SHUT_WR)) }
                let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                guard count == 0 || count < 0 && errno != EAGAIN else { return false }
                close(socket)
                return true
            }
            // This waits until a connection has input, but no longer than a millisecond.
            var events = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            poll(&events, nfds_t(events.count), 1)
        }
    }

    /// Returns a new connection; nil if the server takes none.
    private static func connected(_ port: Int) -> Int32? {
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        func call(_ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ host: String, _ port: Int) -> Bool
        {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = inet_addr(host)
            return withUnsafeBytes(of: address) { bytes in
                let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
                return function(made, pointer, socklen_t(bytes.count)) == 0
            }
        }
        guard call(Glibc.bind, source, 0), call(Glibc.connect, "127.0.0.1", port) else {
            close(made)
            return nil
        }
        return made
    }
}
