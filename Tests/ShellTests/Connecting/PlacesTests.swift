import Testing

@testable import Shell

@Suite struct PlacesTests {
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

    static func places(
        _ options: Destination = Destination(), _ variables: [String: String] = [:], file: String = file
    ) throws -> Places {
        try Places(options: options, profiles: Profiles(text: file, path: "config")) { variables[$0] }
    }

    @Test("Without a word: options, the environment, what goes for all")
    func noWord() throws {
        let environment = [
            "CLAVERO_HOST": "e.example", "CLAVERO_PORT": "2", "CLAVERO_USER": "eve", "CLAVERO_CA": "/ca",
        ]
        #expect(
            try Self.places(Destination(port: 1), environment).destination(nil)
                == Destination(host: "e.example", port: 1, user: "eve", tls: .starttls, ca: "/ca"))
        #expect(
            try Self.places(Destination(host: "o.example"), environment).destination(nil)
                == Destination(host: "o.example", user: "eve", tls: .starttls, ca: "/ca"))
        #expect(try Self.places().destination(nil) == Destination(user: "common", tls: .starttls))
        #expect(try Places(options: Destination(), profiles: Profiles()) { _ in nil }.destination(nil) == Destination())
    }

    @Test("A word: options, the word, its profile, the environment, what goes for all")
    func word() throws {
        let environment = ["CLAVERO_HOST": "e.example", "CLAVERO_PORT": "2", "CLAVERO_USER": "eve"]
        let gate = try Self.places(Destination(tls: .implicit), environment).destination("gate")
        #expect(gate == Destination(name: "gate", host: "gate.example", port: 7000, user: "alice", tls: .implicit))
        let bob = try Self.places().destination("bob@gate")
        #expect(bob == Destination(name: "gate", host: "gate.example", port: 7000, user: "bob", tls: .starttls))
        let own = try Self.places(Destination(port: 1, user: "carol"), environment).destination("gate")
        #expect(own.port == 1 && own.user == "carol" && own.host == "gate.example")
        let other = try Self.places(Destination(), environment).destination("other.example")
        #expect(other.host == "other.example" && other.user == "eve" && other.port == nil)
        #expect(try Self.places(Destination(), ["CLAVERO_PORT": "2"]).destination("other.example").port == 2)
        #expect(try Self.places(Destination(), ["CLAVERO_PORT": "2"]).destination("claveros://other").port == 6443)
        #expect(try Self.places().destination("gate:1").host == "gate")
        let url = try Self.places().destination("clavero://gate")
        #expect(url.host == "gate" && url.port == 6000)
    }

    @Test("A profile of a socket has no host from elsewhere")
    func socket() throws {
        let place = try Self.places(Destination(), ["CLAVERO_HOST": "e.example"]).destination("operator")
        #expect(place.socket == "/run/clavero/keys.sock" && place.host == nil)
    }

    @Test("An empty variable says nothing")
    func empty() throws {
        let empty = ["CLAVERO_HOST": "", "CLAVERO_PORT": "", "CLAVERO_USER": "", "CLAVERO_CA": ""]
        #expect(try Self.places(Destination(), empty).destination(nil) == Destination(user: "common", tls: .starttls))
    }

    @Test("What contradicts itself is a usage error")
    func contradictions() throws {
        let fingerprint = Fingerprint(String(repeating: "ab", count: 32))
        for options in [Destination(host: "h", socket: "/s"), Destination(ca: "/ca", fingerprint: fingerprint)] {
            #expect(throws: Stop.self) { try Self.places(options) }
        }
        for options in [Destination(host: "h"), Destination(socket: "/s")] {
            let places = try Self.places(options)
            let error = #expect(throws: Stop.self) { try places.destination("gate") }
            #expect(error?.status == .usage)
        }
        let port = #expect(throws: Stop.self) { try Self.places(Destination(), ["CLAVERO_PORT": "http"]) }
        #expect(port == Stop(message: "CLAVERO_PORT: a port is a number from 1 to 65535", status: .usage))
    }

    @Test("Another server later: nothing of the first one's options")
    func later() throws {
        let places = try Self.places(Destination(user: "carol", ca: "/ca"), ["CLAVERO_USER": "eve"])
        #expect(
            try places.other("other.example")
                == Destination(name: "other.example", host: "other.example", user: "common", tls: .starttls))
    }

    @Test(
        "Options may stand behind the server, and those behind a verb are the request's",
        arguments: [
            (["gate", "--user", "alice", "WHOAMI"], ["--user", "alice", "gate", "WHOAMI"]),
            (["--port", "1", "gate", "--tls=off"], ["--port", "1", "--tls=off", "gate"]),
            (["gate", "SIGN", "--user", "x"], ["gate", "SIGN", "--user", "x"]),
            (["WHOAMI", "--user", "x"], ["WHOAMI", "--user", "x"]),
            (["gate", "--", "noop"], ["gate", "--", "noop"]), (["--", "gate", "--x"], ["--", "gate", "--x"]),
            (["gate", "--frob"], ["--frob"]), (["gate", "--help"], ["--help"]), (["gate"], ["gate"]), ([], []),
        ])
    func optionsFirst(_ arguments: [String], _ ordered: [String]) {
        #expect(Clavero.optionsFirst(arguments) == ordered)
    }
}
