import ArgumentParser
import Daemon
import Input
import Postgres
import Store

/// The option that says where the database is.
struct DatabaseOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "A PostgreSQL database instead of the file in the data directory: postgresql://user@host/name.",
            valueName: "url"))
    var database: String?

    /// The names of these options in settings files.
    static let names = ["database"]

    /// Checks the URL. The error does not show the value, because the value may contain a secret, and may be refused
    /// for that reason.
    func validate() throws {
        do throws(StoreError) {
            _ = try parsed()
        } catch .notInstalled {
            // The command line is valid. `address` reports that the client library is not installed.
        } catch {
            throw ValidationError("--database: \(error)")
        }
    }

    private func parsed() throws(StoreError) -> PostgresAddress? {
        try database.map { url throws(StoreError) in try PostgresAddress(url) }
    }

    /// The address of the PostgreSQL database; nil for the file in the data directory.
    var address: PostgresAddress? {
        get throws(StartError) {
            do throws(StoreError) {
                return try parsed()
            } catch {
                throw StartError("\(error)", .init(error))
            }
        }
    }
}
