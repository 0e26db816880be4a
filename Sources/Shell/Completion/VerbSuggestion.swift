import Input
import Wire

/// The verb that is suggested for a mistyped one.
enum VerbSuggestion {
    /// Returns the verb that is nearest to `word`, or nil if no verb is near or several are equally near.
    static func suggestion(for word: String, in manifest: Manifest) -> String? {
        NearestWord.of(word.uppercased(), in: manifest.specs.map(\.name))
    }
}
