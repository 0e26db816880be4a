/// The servers that words stand for: by the command line, the profiles, and the environment.
struct Places {
    private let options: Destination
    private let environment: Destination
    private let profiles: Profiles

    /// `options`: what the command line says beside the word.
    ///
    /// - Throws: a `Stop`, when the environment or the file of profiles is wrong.
    init(options: Destination) throws(Stop) {
        let folder = Environment.configurationDirectory
        let profiles = try folder.map { folder throws(Stop) in try Profiles(path: "\(folder)/config") }
        try self.init(options: options, profiles: profiles ?? Profiles(), variable: Environment.variable)
    }

    init(options: Destination, profiles: Profiles, variable: (String) -> String?) throws(Stop) {
        guard options.host == nil || options.socket == nil else {
            throw Stop(message: "--host or --socket, not both", status: .usage)
        }
        guard options.ca == nil || options.fingerprint == nil else {
            throw Stop(message: "--ca or --fingerprint, not both", status: .usage)
        }
        self.options = options
        self.profiles = profiles
        environment = try Self.environment(variable)
    }

    /// What is meant at the start. `word`: the one that stands before the request, if there is one.
    func destination(_ word: String?) throws(Stop) -> Destination {
        guard let word else { return options.or(environment).or(profiles.common) }
        guard options.host == nil, options.socket == nil else {
            throw Stop(message: "--host or --socket, or the server's name before the request, not both", status: .usage)
        }
        return options.or(try named(word)).or(environment).or(profiles.common)
    }

    /// Where somebody goes who says no more than this word.
    func other(_ word: String) throws(Stop) -> Destination {
        try named(word).or(profiles.common)
    }

    private func named(_ word: String) throws(Stop) -> Destination {
        if let profile = profiles.named[word] { return profile }
        var destination = try Destination(word)
        // The port that a URL leaves out is its scheme's (RFC 3986, 3.2.3), whatever is said elsewhere.
        if word.contains("://") { destination.port = destination.port ?? Destination.defaultPort(destination.tls) }
        // As in alice@gate.
        guard destination.port == nil, let profile = destination.host.flatMap({ profiles.named[$0] }) else {
            return destination
        }
        destination.host = nil
        destination.name = nil
        return destination.or(profile)
    }

    /// What the variables say; an empty one says nothing.
    private static func environment(_ variable: (String) -> String?) throws(Stop) -> Destination {
        func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        var destination = Destination()
        destination.host = value("CLAVERO_HOST")
        destination.user = value("CLAVERO_USER")
        destination.ca = value("CLAVERO_CA")
        if let text = value("CLAVERO_PORT") {
            guard let port = Destination.port(text) else {
                throw Stop(message: "CLAVERO_PORT: a port is a number from 1 to 65535", status: .usage)
            }
            destination.port = port
        }
        return destination
    }
}
