import Dispatch
import Glibc

/// What a name stands for.
package enum NameLookUp {
    /// Why there is no answer, in the resolver's words.
    package struct Failed: Error, CustomStringConvertible {
        package let description: String
    }

    /// The addresses of a name, as text, in the order in which the system's resolver has them: those of the kind, IPv4 or
    /// IPv6, of which there are more, as one machine may well have one of each. It blocks a thread of its own, so that a
    /// resolver that is slow for one name holds up no other.
    ///
    /// - Throws: `Failed`.
    package static func addresses(of host: String) async throws -> [String] {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "name").async { continuation.resume(with: Result { try addressesNow(of: host) }) }
        }
    }

    private static func addressesNow(of host: String) throws(Failed) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else { throw Failed(description: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(list) }
        var found: [Int32: [String]] = [:]
        for entry in sequence(first: list, next: { $0?.pointee.ai_next }).compactMap({ $0?.pointee }) {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let named = getnameinfo(
                entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard named == 0, found[entry.ai_family]?.contains(address) != true else { continue }
            found[entry.ai_family, default: []].append(address)
        }
        let (four, six) = (found[AF_INET] ?? [], found[AF_INET6] ?? [])
        return four.count >= six.count ? four : six
    }
}
