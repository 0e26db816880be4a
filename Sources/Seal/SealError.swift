/// The reason why something could not be sealed or opened. It never contains content.
package enum SealError: Error, Equatable, Sendable {
    /// The input is not in the format: it has a wrong length, is truncated, has bytes after its end, or has an invalid
    /// name.
    case malformed
    /// The envelope has no recipient with this name and key version.
    case notARecipient
    /// Authentication failed: the key, the associated data, or the bytes are not those of the sealing.
    case damaged
    /// The key was wrapped under a root key that was not given.
    case unknownRootKey
    /// The cost of a password hash is outside the bounds of ``PasswordCost``.
    case excessiveCost
    /// OpenSSL failed in the named step. Its error queue has been cleared.
    case engine(String)

    /// Throws ``engine(_:)`` unless `result` is 1, OpenSSL's success.
    static func check(_ result: Int32, _ step: String) throws(SealError) {
        guard result != 1 else { return }
        clearQueue()
        throw .engine(step)
    }
}
