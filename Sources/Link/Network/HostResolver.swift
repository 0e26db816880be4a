import Dispatch
import Glibc

/// Resolves host names to addresses.
package enum HostResolver {
    /// The reason why a name cannot be resolved, in the resolver's words.
    package struct LookupError: Error, CustomStringConvertible {
        package let description: String
    }

    /// Returns the addresses of a name as text, in the order of the system's resolver.
    ///
    /// One machine may have an address of IPv4 and one of IPv6, so only the family with more addresses is returned. The
    /// call blocks a thread of its own, so that a slow name delays no other.
    ///
    /// - Throws: `LookupError`.
    package static func addresses(of host: String) async throws -> [String] {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "resolver").async { continuation.resume(with: Result { try addressesNow(of: host) }) }
        }
    }

    private static func addressesNow(of host: String) throws(LookupError) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else { throw LookupError(description: String(cString: gai_strerror(status))) }
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
