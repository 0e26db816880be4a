import Postgres
import Store
import TestKit
import Testing
import Wire

/// Two servers of a site on one database.
struct TwoBenches {
    let first: Bench
    let second: Bench
    private let stores: [Store]

    init(on engine: Engine, _ setup: Bench.Setup = Bench.Setup()) async throws {
        switch engine {
        case .sqlite:
            first = try Bench(setup)
            second = try Bench(beside: first, setup)
            stores = []
        case .postgres:
            let address = try PostgresAddress(try await PostgresCluster.shared.schema().url)
            try PostgresDriver.create(at: address)
            let settings = PostgresDriver.Settings(
                connections: 4, statementTimeout: .seconds(60), patience: .seconds(60))
            stores = try (0..<2).map { _ in try Store(at: address, settings: settings) }
            first = try Bench(store: stores[0], setup)
            second = try Bench(store: stores[1], beside: first, setup)
        }
        #expect(try await first.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
    }

    func close() async throws { for store in stores { try await store.close() } }
}
