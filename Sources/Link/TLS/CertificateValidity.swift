import Foundation
import NIOSSL

/// The time in which a file of certificates is valid.
package struct CertificateValidity: Sendable, Equatable {
    /// The use of the certificates, which decides what stops working outside that time.
    package enum Use: Sendable {
        /// A certificate that this daemon shows to clients.
        case sessions
        /// A certificate that this daemon shows to the other end of a link.
        case links
        /// The authority that must have issued the certificate of the other end of a link.
        case authority
    }

    /// The time before the end at which a daemon begins to warn: 30 days, in seconds.
    package static let notice = 30 * 86_400

    package let path: String
    private let use: Use
    /// The time from which the file is valid, in Unix seconds.
    private let begin: Int
    /// The time until which the file is valid, in Unix seconds.
    package let end: Int

    package init(path: String, use: Use, begin: Int, end: Int) {
        (self.path, self.use, self.begin, self.end) = (path, use, begin, end)
    }

    /// Creates the validity of a file; nil if it has no certificates. Every certificate of a chain must be valid, and at
    /// least one of several authorities.
    init?(of certificates: [NIOSSLCertificate], in path: String, use: Use) {
        let (begins, ends) = (
            certificates.map { Int($0.notValidBefore) }.sorted(), certificates.map { Int($0.notValidAfter) }.sorted()
        )
        guard let firstBegin = begins.first, let lastBegin = begins.last, let firstEnd = ends.first,
            let lastEnd = ends.last
        else { return nil }
        let isAuthority = use == .authority
        self.init(
            path: path, use: use, begin: isAuthority ? firstBegin : lastBegin, end: isAuthority ? lastEnd : firstEnd)
    }

    /// Returns a warning in one line; nil if the certificates are valid now and for the next 30 days.
    package func warning(at now: Int) -> (isValid: Bool, text: String)? {
        if now > end {
            return (false, "\(path): a certificate has expired, at \(Self.text(end)); \(consequence); \(Self.mend)")
        }
        if now < begin {
            let mend = "check the clock of this machine"
            return (false, "\(path): a certificate is not valid before \(Self.text(begin)); \(consequence); \(mend)")
        }
        guard end - now <= Self.notice else { return nil }
        return (true, "\(path): a certificate expires at \(Self.text(end)); \(Self.mend)")
    }

    private static let mend = "renew it where it was issued, or with claverod certificate"

    private var consequence: String {
        switch use {
        case .sessions: "clients that check it refuse to connect"
        case .links: "the other daemons refuse new links with this one"
        case .authority: "new links are refused"
        }
    }

    private static func text(_ time: Int) -> String {
        Date(timeIntervalSince1970: TimeInterval(time)).ISO8601Format()
    }
}
