import NIOCore
import Seal
import Store
import Wire

/// The MAC command, which makes a tag of a message with the user's own key, or checks one.
struct MAC: KeysCommand, MemoryCommand {
    private static let context = Parameter.context()
    private static let message = Parameter.message("message")
    private static let tag = Parameter("tag", key: "TAG", or: .notATag) { KeyedText(.tag, $0) }

    static let spec = CommandSpec(
        "MAC", [context.optional, message.spec], [tag.spec, context.optional, message.spec], access: .user,
        isRepeatable: true, failures: [.othersTag, .noSuchTag, .retiredTag], isReading: true, yieldsCredential: false,
        summary: "Make a tag of a message, or check one",
        help: """
            The answer is a tag, clvm1.name.key.tag: an HMAC of the message by a key that only this site has. With TAG, \
            the answer tells that you made the tag for this message and context. Only you can make and check your \
            tags; for a signature that anyone can check, use SIGN.
            """)

    let keys: KeysPlugin

    func answer(_ call: Call) throws -> Answer {
        let name = try call.actingName()
        let (message, context) = (try call.value(Self.message), try call.optional(Self.context))
        if let tag = try call.optional(Self.tag) { return try check(tag, of: message, context, name, call) }
        // The first tag of an account makes the key.
        guard let known = try call.currentKey(of: name, .mac, by: keys.maker) else { throw Failure.rootKeyMismatch }
        let tag = try keys.macKey(known).tag(of: message.readableBytesSpan, context: context)
        call.countUse(of: known)
        let text = try KeyedText(.tag, name: name.description, version: known.row.version, bytes: tag)
        return Answer(.result(ByteBuffer(string: text.description)))
    }

    private func check(
        _ tag: KeyedText, of message: ByteBuffer, _ context: MessageContext?, _ name: AccountName, _ call: Call
    ) throws -> Answer {
        guard tag.name == name.description else { throw Failure.othersTag }
        guard let known = try call.liveKey(of: name, .mac, version: tag.version, orRetired: .retiredTag),
            try keys.macKey(known).isTag(tag.bytes, of: message.readableBytesSpan, context: context)
        else { throw Failure.noSuchTag }
        call.countUse(of: known)
        return Answer(.done("\(name) made this with key \(tag.version)"))
    }
}

extension Failure {
    static let notATag = Failure(501, "5.5.4", "This is not a tag; MAC makes them")
    static let othersTag = Failure(550, "5.7.1", "Another account made this tag, and only that account can check it")
    static let retiredTag = Failure(
        550, "5.7.0", "The tag is by a retired or erased version of your key; see KEYS")
    static let noSuchTag = Failure(550, "5.7.7", "The tag does not match the message and the context")
}
