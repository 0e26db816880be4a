import Input
import Testing

@testable import Shell

@Suite("Resolving the name of a server")
struct DestinationResolverTests {
    static let file = """
        user = common
        tls = starttls

        [gate]
        host = gate.example
        port = 7000
        user = alice

        [operator]
        socket = /run/clavero/keys.sock
        """

    static func resolver(
        _ options: Destination = Destination(), _ variables: [String: String] = [:], file: String = file
    ) throws -> DestinationResolver {
        try DestinationResolver(options: options, profiles: Profiles(text: file, path: "config")) { variables[$0] }
    }

    @Test("Without a name, the options, the environment and the defaults count")
    func noWord() throws {
        let environment = [
            "CLAVERO_HOST": "e.example", "CLAVERO_PORT": "2", "CLAVERO_USER": "eve", "CLAVERO_CA": "/ca",
        ]
        #expect(
            try Self.resolver(Destination(port: 1), environment).initialDestination(nil)
                == Destination(host: "e.example", port: 1, user: "eve", tls: .starttls, ca: "/ca"))
        #expect(
            try Self.resolver(Destination(host: "o.example"), environment).initialDestination(nil)
                == Destination(host: "o.example", user: "eve", tls: .starttls, ca: "/ca"))
        #expect(try Self.resolver().initialDestination(nil) == Destination(user: "common", tls: .starttls))
        #expect(
            try DestinationResolver(options: Destination(), profiles: Profiles()) { _ in nil }.initialDestination(nil)
                == Destination())
    }

    @Test("With a name, the options, the name, its profile, the environment and the defaults count")
    func named() throws {
        let environment = ["CLAVERO_HOST": "e.example", "CLAVERO_PORT": "2", "CLAVERO_USER": "eve"]
        let gate = try Self.resolver(Destination(tls: .implicit), environment).initialDestination("gate")
        #expect(gate == Destination(name: "gate", host: "gate.example", port: 7000, user: "alice", tls: .implicit))
        let bob = try Self.resolver().initialDestination("bob@gate")
        #expect(bob == Destination(name: "gate", host: "gate.example", port: 7000, user: "bob", tls: .starttls))
        let own = try Self.resolver(Destination(port: 1, user: "carol"), environment).initialDestination("gate")
        #expect(own.port == 1 && own.user == "carol" && own.host == "gate.example")
        let other = try Self.resolver(Destination(), environment).initialDestination("other.example")
        #expect(other.host == "other.example" && other.user == "eve" && other.port == nil)
        #expect(try Self.resolver(Destination(), ["CLAVERO_PORT": "2"]).initialDestination("other.example").port == 2)
        #expect(
            try Self.resolver(Destination(), ["CLAVERO_PORT": "2"]).initialDestination("claveros://other").port == 6443)
        #expect(try Self.resolver().initialDestination("gate:1").host == "gate")
        let url = try Self.resolver().initialDestination("clavero://gate")
        #expect(url.host == "gate" && url.port == 6000)
    }

    @Test("A profile with a socket takes no host from elsewhere")
    func socket() throws {
        let found = try Self.resolver(Destination(), ["CLAVERO_HOST": "e.example"]).initialDestination("operator")
        #expect(found.socket == "/run/clavero/keys.sock" && found.host == nil)
    }

    @Test("An empty variable is ignored")
    func empty() throws {
        let empty = ["CLAVERO_HOST": "", "CLAVERO_PORT": "", "CLAVERO_USER": "", "CLAVERO_CA": ""]
        #expect(
            try Self.resolver(Destination(), empty).initialDestination(nil)
                == Destination(user: "common", tls: .starttls))
    }

    @Test("Contradictory options are a usage error")
    func contradictions() throws {
        let fingerprint = Fingerprint(String(repeating: "ab", count: 32))
        for options in [Destination(host: "h", socket: "/s"), Destination(ca: "/ca", fingerprint: fingerprint)] {
            #expect(throws: ExitError.self) { try Self.resolver(options) }
        }
        for options in [Destination(host: "h"), Destination(socket: "/s")] {
            let resolver = try Self.resolver(options)
            let error = #expect(throws: ExitError.self) { try resolver.initialDestination("gate") }
            #expect(error?.status == .usage)
        }
        let port = #expect(throws: ExitError.self) { try Self.resolver(Destination(), ["CLAVERO_PORT": "http"]) }
        #expect(port == ExitError(message: "CLAVERO_PORT: a port is a number from 1 to 65535", status: .usage))
    }

    @Test("A later server does not use the options of the first one")
    func later() throws {
        let resolver = try Self.resolver(Destination(user: "carol", ca: "/ca"), ["CLAVERO_USER": "eve"])
        #expect(
            try resolver.destination(named: "other.example")
                == Destination(name: "other.example", host: "other.example", user: "common", tls: .starttls))
    }
}
