import ArgumentParser

/// The options for the server's address, its certificate and the log-in.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "Where the server is (CLAVERO_HOST; default: 127.0.0.1).")
    var host: String?

    @Option(help: "The port that it listens on (CLAVERO_PORT; default: 6000, or 6443 with --tls implicit).")
    var port: Port?

    @Option(help: "A Unix socket to connect to instead, such as a server's admin socket.", completion: .file())
    var socket: String?

    @Option(
        help: "TLS: off, starttls, or implicit, from the first byte on (default: starttls, off on this machine).")
    var tls: Destination.TLS?

    @Option(
        help: "Certificates in PEM to know the server by, instead of the system's (CLAVERO_CA).",
        completion: .file(extensions: ["pem", "crt"]))
    var ca: String?

    @Option(help: "The fingerprint, SHA-256, of the certificate to know the server by.")
    var fingerprint: Fingerprint?

    @Option(help: "Who logs in, before anything else (CLAVERO_USER).")
    var user: String?

    @Option(help: "A key of ssh's to log in with (default: ~/.ssh/id_ed25519).", completion: .file())
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
