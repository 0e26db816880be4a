import Armor
import Audit
import Seal
import Signing
import TestKit
import Testing

/// Debian's Python with python3-cryptography reads a log, with nothing but the description of the format.
@Suite("An independent reader of the audit log, in Python", .timeLimit(.minutes(5)))
struct IndependentTests {
    private static let script = """
        import base64, hashlib, json, sys
        try:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        except ImportError as error:
            sys.exit(f"{error}: this test needs the package python3-cryptography")

        def unbase(text):
            return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

        def base(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

        raw = unbase(sys.argv[2])
        key, key_id = Ed25519PublicKey.from_public_bytes(raw), base(hashlib.sha256(raw).digest()[:8])
        seq, prev, checkpoint, kinds, identities = 0, "", None, [], set()
        for line in open(sys.argv[1], "rb").read().split(b"\\n")[:-1]:
            members = json.loads(line.decode("utf-8"))
            assert list(members)[:3] == ["seq", "time", "prev"], members
            assert (members["seq"], members["prev"]) == (seq + 1, prev), members
            seq, prev = seq + 1, base(hashlib.sha256(line).digest())
            kinds.append(list(members)[3])
            if "checkpoint" in members:
                assert members["key"] == key_id
                assert list(members)[3:] == ["checkpoint", "log", "id", "key", "sig"], members
                assert len(unbase(members["id"])) == 16
                identities.add((members["log"], members["id"]))
                signed = b"clavero/1 audit checkpoint\\0" + line[:line.rindex(b',"sig":')]
                key.verify(unbase(members["sig"]), signed)
                checkpoint = line
        assert open(sys.argv[1] + ".head", "rb").read() == checkpoint + b"\\n"
        assert len(identities) == 1 and kinds[0] == "checkpoint", identities
        print(*identities.pop())
        print(seq, prev, ",".join(kinds))
        """

    private func check(_ bench: Bench) throws -> Tool.Result {
        try Tool.runBlocking(
            "/usr/bin/python3", ["-c", Self.script, bench.path, Base64URL.encode(bench.key.publicKey.raw)])
    }

    @Test("The reader follows the chain and verifies the signatures")
    func pythonFollowsChainAndSignatures() async throws {
        let bench = try Bench()
        try await bench.write(3, .test(checkpointLines: 2))
        try bench.put(try bench.bytes() + Array("{\"seq\":7,".utf8))
        let log = try bench.open(.test(.continue))
        log.append(record(0, who: nil, value: "\u{202E}é\n"))
        await log.close()
        let result = try check(bench)
        #expect(result.errors == "")
        let last = try #require(try bench.verify().last)
        let kinds = "checkpoint,server,server,checkpoint,server,checkpoint,recovered,checkpoint,server,checkpoint"
        let identity = try #require(try bench.verify().identity)
        #expect(result.output == "\(identity)\n\(last.seq) \(last.hash) \(kinds)\n")
    }

    @Test("The reader refuses what the verifier refuses")
    func pythonRefusesWhatWeRefuse() async throws {
        let bench = try Bench()
        try await bench.write(2)
        try bench.put(Array(try bench.text().replacing("bob", with: "bod", maxReplacements: 1).utf8))
        #expect(try check(bench).status != 0)
        #expect(try bench.verify().words == ["line 3 does not follow from line 2: one of them was changed"])
    }
}
