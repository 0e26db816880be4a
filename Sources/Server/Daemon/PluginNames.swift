import ArgumentParser

/// Which plugins a server is started with.
struct PluginNames: ExpressibleByArgument, Sendable {
    static let keys = "keys"
    static let auth = "auth"

    /// The data directory's files are named after the first, its own after all of them.
    let names: [String]

    init?(argument: String) {
        let names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard Set(names).count == names.count, names.allSatisfy(Self.allValueStrings.contains) else { return nil }
        self.names = names
    }

    /// What the server is called in its files.
    var daemon: String { names.joined(separator: "-") }

    static var allValueStrings: [String] { [keys, auth] + PluginKind.all.map(\.name) }
    var defaultValueDescription: String { names.joined(separator: ",") }
}
