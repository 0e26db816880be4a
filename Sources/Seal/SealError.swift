/// Why something could not be sealed or opened. It never carries content.
package enum SealError: Error, Equatable, Sendable {
    /// Not in the format: wrong length, truncated, something left over, a name that cannot be written.
    case malformed
    /// The envelope is not for this name and key version.
    case notARecipient
    /// Authentication failed: another key, other associated data, or changed bytes.
    case damaged
    /// Wrapped under a root key that is not among those given.
    case unknownRootKey
    /// A password cost outside the bounds of ``PasswordCost``.
    case excessiveCost
    /// OpenSSL refused the named step; its own error queue has been cleared.
    case engine(String)

    /// Throws ``engine(_:)`` unless `result` is OpenSSL's 1 for success.
    static func check(_ result: Int32, _ step: String) throws(SealError) {
        guard result != 1 else { return }
        clearQueue()
        throw .engine(step)
    }
}
