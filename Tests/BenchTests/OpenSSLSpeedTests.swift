import Testing

@testable import Bench

/// Tests with output of OpenSSL 3.0.
@Suite("The output of openssl speed")
struct OpenSSLSpeedTests {
    @Test("The speed of a cipher is read")
    func cipher() {
        let output = """
            +DT:AES-256-GCM:1:16384
            +R:166711:AES-256-GCM:0.640000
            +H:16384
            +F:25:AES-256-GCM:4267801600.00

            """
        #expect(OpenSSLSpeed.bytesPerSecond(in: output) == 4_267_801_600)
        #expect(OpenSSLSpeed.signaturesPerSecond(in: output) == nil)
    }

    @Test("The first of the two figures is the rate of signatures")
    func signatures() {
        let output = """
            +DTP:253:sign:Ed25519:1
            +R8:17577:253:Ed25519:0.72
            +DTP:253:verify:Ed25519:1
            +R9:6912:253:Ed25519:0.75
            +F6:0:253:Ed25519:24412.500000:9216.000000

            """
        #expect(OpenSSLSpeed.signaturesPerSecond(in: output) == 24412.5)
    }

    @Test("Output without a figure has no speed")
    func nothing() {
        #expect(OpenSSLSpeed.bytesPerSecond(in: "speed: Unknown cipher\n") == nil)
        #expect(OpenSSLSpeed.signaturesPerSecond(in: "") == nil)
    }
}
