import Secrets
import Testing

@testable import Seal

@Suite("Secrets from base64")
struct SecretBase64Tests {
    @Test(
        "The vectors of RFC 4648 section 10 are decoded, with blank space around them",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func vector(plain: String, text: String) {
        for spelling in [text, text + "\n", text + "\r\n", " \t\(text)\r\n\n "] {
            #expect(SecretBytes.decoded(base64: spelling) == SecretBytes(Array(plain.utf8)))
        }
    }

    @Test(
        "Other text is refused",
        arguments: [
            "Zg", "Zg=", "Zg===", "Zh==", "Zm9", "Zm9vZ", "Zm 9v", "Zm\n9v", "Zm9v\0", "Zm9-", "====", "Zg==Zg==",
        ])
    func refused(text: String) {
        #expect(SecretBytes.decoded(base64: text) == nil)
    }
}
