import ArgumentParser
import Daemon
import Input
import Postgres
import Store

/// Where the database is.
struct DatabaseOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "A PostgreSQL database instead of the file in the data directory: postgresql://user@host/name.",
            valueName: "url"))
    var database: String?

    /// The names of these options, for the settings.
    static let names = ["database"]

    /// The value is not shown: there may be a secret in it, which is what is wrong with it then.
    func validate() throws {
        do throws(StoreError) {
            _ = try parsed()
        } catch .notInstalled {
            // The command line is right; `address` says what is not.
        } catch {
            throw ValidationError("--database: \(error)")
        }
    }

    private func parsed() throws(StoreError) -> PostgresAddress? {
        try database.map { url throws(StoreError) in try PostgresAddress(url) }
    }

    /// Nil for the file in the data directory.
    var address: PostgresAddress? {
        get throws(StartError) {
            do throws(StoreError) {
                return try parsed()
            } catch {
                throw StartError("\(error)")
            }
        }
    }
}
