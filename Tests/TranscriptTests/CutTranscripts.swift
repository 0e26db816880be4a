import Commands
import FuzzChecks
import TestKit
import Testing
import Wire

@Suite("Transcripts with input that is cut anywhere")
struct CutTranscripts {
    @Test("A session does the same wherever its input is cut", arguments: Transcript.all)
    func cuts(_ transcript: Transcript) throws {
        let site = try Site()
        let manifest = Manifest(site.registry.manifest.specs + site.adminRegistry.manifest.specs, route: 1)
        for lineEnd in ["\r\n", "\n"] {
            var input: [UInt8] = []
            for case (_, .send(let line)) in transcript.steps {
                input += Transcript.bytes(of: line, found: [:]) + Array(lineEnd.utf8)
            }
            try checkCuts(of: input, manifest: manifest, limits: .standard, cuts: 40)
        }
    }
}
