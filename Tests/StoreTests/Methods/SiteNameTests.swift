import Store
import TestKit
import Testing

@Suite("The site's name") struct SiteNameTests {
    @Test("Another server reads the name that was recorded last", arguments: Engine.allCases)
    func lastName(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            #expect(try await store.siteName() == nil)
            for name in ["clavero", "gate.example"] {
                try await store.setSiteName(name)
                let other = try database.open()
                #expect(try await other.siteName() == name)
                try await other.close()
            }
            #expect(try await store.rootKeyID() == nil)
        }
    }
}
