import ArgumentParser

/// The names of the plugins that a server is started with.
struct PluginNames: ExpressibleByArgument, Sendable {
    static let keys = "keys"
    static let auth = "auth"

    /// The names, in the order of the option. The first one names the server's certificate and key in the data
    /// directory. All of them together name the server's own files.
    let names: [String]

    init?(argument: String) {
        let names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard Set(names).count == names.count, names.allSatisfy(Self.allValueStrings.contains) else { return nil }
        self.names = names
    }

    /// The name of the server in the names of its own files.
    var daemon: String { names.joined(separator: "-") }

    static var allValueStrings: [String] { [keys, auth] + PluginKind.all.map(\.name) }
    var defaultValueDescription: String { names.joined(separator: ",") }
}
