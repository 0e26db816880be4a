import ArgumentParser

/// The options for the server's address, its certificate and the log-in.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "The server's name or address (CLAVERO_HOST; default: 127.0.0.1).")
    var host: String?

    @Option(help: "The port that the server listens on (CLAVERO_PORT; default: 6000, or 6443 with --tls implicit).")
    var port: Port?

    @Option(help: "A Unix socket to connect to instead, such as a server's admin socket.", completion: .file())
    var socket: String?

    @Option(
        help: "TLS: off, starttls, or implicit (from the first byte on). Default: starttls, or off on this machine.")
    var tls: Destination.TLS?

    @Option(
        help: "A PEM file of the certificates to trust, instead of the system's (CLAVERO_CA).",
        completion: .file(extensions: ["pem", "crt"]))
    var ca: String?

    @Option(help: "The SHA-256 fingerprint of the server's certificate. No other certificate is trusted then.")
    var fingerprint: Fingerprint?

    @Option(help: "The account to log in to (CLAVERO_USER).")
    var user: String?

    @Option(help: "The SSH key to log in with (default: ~/.ssh/id_ed25519).", completion: .file())
    var identity: String?

    @Option(help: "A file whose first line is the password.", completion: .file())
    var passwordFile: String?

    struct Port: ExpressibleByArgument {
        let number: Int

        init?(argument: String) {
            guard let port = Destination.port(argument) else { return nil }
            number = port
        }
    }

    var destination: Destination {
        Destination(
            name: nil, host: host, port: port?.number, socket: socket, user: user, tls: tls, ca: ca,
            fingerprint: fingerprint, identity: identity, passwordFile: passwordFile)
    }
}

extension Destination.TLS: ExpressibleByArgument {}

extension Fingerprint: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}
