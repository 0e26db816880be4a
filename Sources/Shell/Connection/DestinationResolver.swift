import Input

/// A resolver of server names. It combines the command line, the profiles and the environment into a destination.
struct DestinationResolver {
    private let options: Destination
    private let environment: Destination
    private let profiles: Profiles

    /// Reads the profiles and the environment.
    ///
    /// - Parameter options: the destination from the options of the command line.
    ///
    /// - Throws: an `ExitError` if the environment or the file of profiles is wrong.
    init(options: Destination) throws(ExitError) {
        let folder = Environment.configurationDirectory
        let profiles = try folder.map { folder throws(ExitError) in try Profiles(path: "\(folder)/config") }
        try self.init(options: options, profiles: profiles ?? Profiles(), variable: Environment.variable)
    }

    init(options: Destination, profiles: Profiles, variable: (String) -> String?) throws(ExitError) {
        guard options.host == nil || options.socket == nil else {
            throw ExitError(message: "--host or --socket, not both", status: .usage)
        }
        guard options.ca == nil || options.fingerprint == nil else {
            throw ExitError(message: "--ca or --fingerprint, not both", status: .usage)
        }
        self.options = options
        self.profiles = profiles
        environment = try Self.environment(variable)
    }

    /// Returns the destination at the start of the program.
    ///
    /// - Parameter word: the server's name before the request; nil if there is none.
    func initialDestination(_ word: String?) throws(ExitError) -> Destination {
        guard let word else { return options.withDefaults(from: environment).withDefaults(from: profiles.defaults) }
        guard options.host == nil, options.socket == nil else {
            throw ExitError(
                message: "--host or --socket, or the server's name before the request, not both", status: .usage)
        }
        return options.withDefaults(from: try lookUp(word)).withDefaults(from: environment).withDefaults(
            from: profiles.defaults)
    }

    /// Returns the destination of a later `\connect`, which uses neither the options nor the environment.
    func destination(named word: String) throws(ExitError) -> Destination {
        try lookUp(word).withDefaults(from: profiles.defaults)
    }

    private func lookUp(_ word: String) throws(ExitError) -> Destination {
        if let profile = profiles.byName[word] { return profile }
        var destination = try Destination(word)
        // The default port of a URL is its scheme's (RFC 3986, 3.2.3). Other sources do not change it.
        if word.contains("://") { destination.port = destination.port ?? Destination.defaultPort(destination.tls) }
        // The host may be the name of a profile, as in `alice@gate`.
        guard destination.port == nil, let profile = destination.host.flatMap({ profiles.byName[$0] }) else {
            return destination
        }
        destination.host = nil
        destination.name = nil
        return destination.withDefaults(from: profile)
    }

    /// Returns the destination from the environment variables. Empty variables are ignored.
    private static func environment(_ variable: (String) -> String?) throws(ExitError) -> Destination {
        func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        var destination = Destination()
        destination.host = value("CLAVERO_HOST")
        destination.user = value("CLAVERO_USER")
        destination.ca = value("CLAVERO_CA")
        if let text = value("CLAVERO_PORT") {
            guard let port = Destination.port(text) else {
                throw ExitError(message: "CLAVERO_PORT: a port is a number from 1 to 65535", status: .usage)
            }
            destination.port = port
        }
        return destination
    }
}
