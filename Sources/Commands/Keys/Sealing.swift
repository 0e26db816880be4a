import Seal
import Store
import Wire

// What the commands that seal messages have in common.

extension KeysPlugin {
    /// Returns the accounts as recipients, each with its current key, in the order of the names.
    ///
    /// - Throws: `missing` if an account does not exist, and `NotInMemory`.
    func recipients(
        _ names: [AccountName], _ call: Call, or missing: Failure = .unknownRecipient
    ) throws -> [Envelope.Recipient] {
        let keys = try call.currentKeys(of: names, .encryption, by: maker)
        // No use is counted if the request is refused.
        if keys.contains(where: { $0 == nil }) { throw missing }
        return try zip(names, keys).map { name, key in try recipient(name, key!, call) }
    }

    /// Returns those of the accounts that exist as recipients.
    ///
    /// - Throws: `NotInMemory`.
    func existingRecipients(_ names: [AccountName], _ call: Call) throws -> [Envelope.Recipient] {
        try call.currentKeys(of: names, .encryption, by: maker).enumerated().compactMap { index, key in
            try key.map { try recipient(names[index], $0, call) }
        }
    }

    private func recipient(_ name: AccountName, _ key: KnownKey, _ call: Call) throws -> Envelope.Recipient {
        let unwrapped = try envelopeKey(key)
        call.countUse(of: key)
        return Envelope.Recipient(name: name.description, version: key.row.version, key: unwrapped)
    }
}
