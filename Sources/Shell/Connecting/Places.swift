/// The servers that words stand for: by the command line, the profiles, and the environment.
struct Places {
    private let options: Destination
    private let environment: Destination
    private let profiles: Profiles

    /// `options`: what the command line says beside the word.
    ///
    /// - Throws: a `Stop`, when the environment or the file of profiles is wrong.
    init(options: Destination) throws(Stop) {
        self.options = options
        environment = try Self.environment()
        let folder = Environment.configurationDirectory
        profiles = try folder.map { folder throws(Stop) in try Profiles(path: "\(folder)/config") } ?? Profiles()
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
        // As in alice@gate.
        guard destination.port == nil, let profile = destination.host.flatMap({ profiles.named[$0] }) else {
            return destination
        }
        destination.host = nil
        destination.name = nil
        return destination.or(profile)
    }

    private static func environment() throws(Stop) -> Destination {
        var destination = Destination()
        destination.host = Environment.variable("CLAVERO_HOST")
        destination.user = Environment.variable("CLAVERO_USER")
        destination.ca = Environment.variable("CLAVERO_CA")
        if let text = Environment.variable("CLAVERO_PORT") {
            guard let port = Destination.port(text) else {
                throw Stop(message: "CLAVERO_PORT: a port is a number from 1 to 65535", status: .usage)
            }
            destination.port = port
        }
        return destination
    }
}
