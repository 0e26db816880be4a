import Seal
import Store
import Wire

// This file has what the commands that seal messages share.

extension KeysPlugin {
    /// Returns the accounts as recipients, each with its current key, in the order of the names. It counts a use of each
    /// key.
    ///
    /// - Throws: `unknownRecipient` if an account does not exist, and `NotInMemory`.
    func recipients(_ names: [AccountName], _ call: Call) throws -> [Envelope.Recipient] {
        let keys = try call.currentKeys(of: names, .encryption, by: maker)
        // No use is counted if the request is refused.
        if keys.contains(where: { $0 == nil }) { throw Failure.unknownRecipient }
        return try zip(names, keys).map { name, key in
            let recipient = try recipient(name, key!)
            call.countUse(of: key!)
            return recipient
        }
    }

    /// Returns an account as a recipient. The caller counts the use of the key.
    func recipient(_ name: AccountName, _ key: KnownKey) throws -> Envelope.Recipient {
        Envelope.Recipient(name: name.description, version: key.row.version, key: try envelopeKey(key))
    }
}
