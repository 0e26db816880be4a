import Secrets
import Testing

@testable import Seal

@Suite("Passwords: scrypt, RFC 7914")
struct PasswordTests {
    static let cheap = PasswordCost(log2N: 4, r: 8, p: 1)!

    @Test(
        "The vectors of section 12 give their hashes",
        arguments: [
            (
                "", "", "4,1,1",
                "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                    + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
            ),
            (
                "password", "NaCl", "10,8,16",
                "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                    + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
            ),
            (
                "pleaseletmein", "SodiumChloride", "14,8,1",
                "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                    + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
            ),
        ])
    func vector(password: String, salt: String, cost: String, expected: String) throws {
        let hash = try PasswordHash.scrypt(
            SecretBytes(Array(password.utf8)), salt: Array(salt.utf8), cost: #require(PasswordCost(cost)), count: 64)
        #expect(hex(hash.withUnsafeBytes { Array($0) }) == expected)
    }

    @Test("Python's scrypt computes the hash that the string contains")
    func python() throws {
        let phc = try PasswordHash.hash(SecretBytes(Array("correct horse".utf8)), cost: .standard)
        #expect(phc.hasPrefix("$scrypt$ln=15,r=8,p=3$"))
        let script = """
            import base64, hashlib
            _, name, cost, salt, expected = sys.argv[1].split("$")
            ln, r, p = (int(part.split("=")[1]) for part in cost.split(","))
            salt = base64.b64decode(salt + "==")
            found = hashlib.scrypt(sys.argv[2].encode(), salt=salt, n=2**ln, r=r, p=p, maxmem=2**27, dklen=32)
            print(name, len(salt), base64.b64encode(found).decode().rstrip("=") == expected)
            """
        #expect(try SealTests.python(script, phc, "correct horse") == "scrypt 16 True")
    }

    @Test("The right password is accepted, and any other is refused")
    func verification() throws {
        let password = SecretBytes(Array("correct horse".utf8))
        let phc = try PasswordHash.hash(password, cost: Self.cheap)
        #expect(try PasswordHash.verify(password, against: phc))
        for wrong in ["", "correct hors", "correct horse ", "Correct horse"] {
            #expect(try !PasswordHash.verify(SecretBytes(Array(wrong.utf8)), against: phc))
        }
        #expect(PasswordHash.cost(of: phc) == Self.cheap)
        #expect(try PasswordHash.hash(password, cost: Self.cheap) != phc)
        let empty = try PasswordHash.hash(SecretBytes([]), cost: Self.cheap)
        #expect(try PasswordHash.verify(SecretBytes([]), against: empty))
    }

    static let salt = "AAAAAAAAAAAAAAAAAAAAAA"
    static let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

    @Test(
        "A string that is not in the format is an error, and not a wrong password",
        arguments: [
            "", "$", "$$$$", "x$scrypt$ln=4,r=8,p=1$\(salt)$\(hash)", "$scrypt$ln=4,r=8,p=1$\(salt)$\(hash)$",
            "$argon2id$ln=4,r=8,p=1$\(salt)$\(hash)", "$scrypt$ln=4,r=8,p=1$\(salt)", "$scrypt$ln=4,r=8,p=1$$\(hash)",
            "$scrypt$ln=4,r=8,p=1$\(salt)$", "$scrypt$ln=4,r=8,p=1$\(salt)==$\(hash)=",
            "$scrypt$ln=4,r=8,p=1$\(salt.dropLast())B$\(hash)", "$scrypt$ln=4,r=8,p=1$\(salt)$\(hash.dropLast())-",
        ])
    func malformed(phc: String) {
        #expect(throws: SealError.malformed) { try PasswordHash.verify(SecretBytes([]), against: phc) }
        #expect(PasswordHash.cost(of: phc) == nil)
    }

    @Test(
        "A cost outside the bounds is refused before any work",
        arguments: [
            "", "ln=4", "ln=4,r=8", "ln=4,r=8,p=1,", "ln=0,r=8,p=1", "ln=25,r=8,p=1", "ln=24,r=8,p=1", "ln=4,r=0,p=1",
            "ln=4,r=8,p=0", "ln=-4,r=8,p=1", "ln=+4,r=8,p=1", "ln=04,r=8,p=1", "ln= 4,r=8,p=1", "r=8,ln=4,p=1",
            "ln=4,r=99999999999999999999,p=1", "ln=4,r=9223372036854775807,p=9223372036854775807", "ln=15,r=8,p=200",
            "ln=1,r=65535,p=65535", "ln=16,r=1,p=1", "ln=20,r=8,p=1",
        ])
    func excessive(parameters: String) {
        let phc = "$scrypt$\(parameters)$\(Self.salt)$\(Self.hash)"
        #expect(throws: SealError.excessiveCost) { try PasswordHash.verify(SecretBytes([]), against: phc) }
        #expect(PasswordHash.cost(of: phc) == nil)
    }

    @Test("The text of the default setting is read back")
    func setting() throws {
        #expect(PasswordCost("15,8,3") == .standard)
        #expect(PasswordCost.standard.description == "15,8,3")
        #expect(PasswordCost("19,8,7") != nil)
        for text in ["", "15", "15,8", "15,8,3,", "15, 8,3", "a,8,3", "15;8;3", ",,", "15,8,-3", "15,8,3\n", "１５,8,3"] {
            #expect(PasswordCost(text) == nil)
        }
    }
}
