import Foundation
import Store
import Wire

// This file has what the commands for the versions of keys share.

extension Parameter where Value == KeyPurpose {
    /// A parameter for the purpose of a key that users have.
    static let purpose = Self("purpose", values: KeyPurpose.made.map(\.rawValue), or: .notAPurpose) { text in
        KeyPurpose.made.first { $0.rawValue == text.lowercased() }
    }
}

extension Parameter where Value == UInt32 {
    static let version = Self("version", or: .notAVersion) { text in
        UInt32(text).flatMap { $0 > 0 ? $0 : nil }
    }
}

extension Failure {
    static let notAPurpose = Failure(501, "5.5.4", "A purpose is encryption, signing or mac")
    static let notAVersion = Failure(501, "5.5.4", "A version is a number from 1 on")
    static let noKeyForPurpose = Failure(550, "5.7.1", "You have no key for this purpose; KEYS shows your keys")
    static let retiredRecipient = Failure(
        550, "5.7.0", "The message is sealed to a retired or erased version of your key; see KEYS")
    static let retiredSigner = Failure(
        550, "5.7.0", "The signature is by a retired or erased version of the key; it proves nothing")
}

extension KeyVersion {
    /// The key, as replies name it: `encryption key 1`.
    var name: String { "\(purpose.rawValue) key \(version)" }

    /// Returns the words of a reply about the last use of some versions. It need not be the last one: the uses of the
    /// last minute may not be counted yet.
    static func lastUse(of versions: [KeyVersion]) -> String {
        versions.compactMap(\.used).max().map { "last counted use \(Self.text(of: $0))" } ?? "no use was counted"
    }

    /// Returns a time in UTC, as ISO 8601 writes it.
    static func text(of time: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(time)).formatted(.iso8601)
    }
}
