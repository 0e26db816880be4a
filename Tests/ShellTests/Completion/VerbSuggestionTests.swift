import Input
import Testing
import Wire

@testable import Shell

@Suite("Suggestions for mistyped verbs")
struct VerbSuggestionTests {
    @Test(
        "The nearest verb is suggested, if there is one",
        arguments: [
            ("ENCRPT", "ENCRYPT"), ("encrypt", "ENCRYPT"), ("ENCRYPTT", "ENCRYPT"), ("ENCYRPT", "ENCRYPT"),
            ("WHOAIM", "WHOAMI"), ("WHO", "WHOAMI"), ("LGOIN", "LOGIN"), ("LOGIM", "LOGIN"), ("LOG", nil),
            ("SIG", "SIGN"),
            ("X", nil), ("DANCE", nil), ("", nil), ("HLEP", "HELP"), ("TOKE", "TOKEN"), ("QIT", "QUIT"),
        ])
    func nearest(_ word: String, _ verb: String?) {
        #expect(VerbSuggestion.suggestion(for: word, in: TestManifest.all) == verb)
    }

    /// The usual example of optimal string alignment is "ca" and "abc", whose distance is 3 and not 2.
    @Test(
        "The distance is that of optimal string alignment",
        arguments: [
            ("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("ca", "abc", 3), ("ab", "ba", 1), ("kitten", "sitting", 3),
        ])
    func distance(_ left: String, _ right: String, _ distance: Int) {
        #expect(NearestWord.distance(Array(left.utf8), Array(right.utf8)) == distance)
    }
}
