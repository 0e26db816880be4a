import Link
import Testing

@testable import Shell

@Suite("Connectors")
struct ConnectorTests {
    @Test(
        "A server has a short name",
        arguments: [
            (Destination(), "localhost"), (Destination(name: "gate.example", host: "gate.example"), "gate"),
            (Destination(name: "10.0.0.7", host: "10.0.0.7"), "10.0.0.7"),
            (Destination(name: "::1", host: "::1"), "::1"),
            (Destination(name: "work", host: "gate.example"), "work"),
            (Destination(socket: "/run/keys.sock"), "keys.sock"),
        ])
    func displayName(_ destination: Destination, _ place: String) throws {
        #expect(try Connector(destination).displayName == place)
    }

    @Test("The encryption depends on the address and the options")
    func encryption() throws {
        #expect(try Connector(Destination()).encryption == nil)
        #expect(try Connector(Destination(host: "localhost")).isPrivate)
        #expect(try Connector(Destination(host: "192.0.2.1")).encryption == .starttls)
        #expect(try !Connector(Destination(host: "192.0.2.1", tls: .off)).isPrivate)
        #expect(try Connector(Destination(host: "::1", tls: .implicit)).encryption == .implicit)
        #expect(try Connector(Destination(host: "h", tls: .implicit)).endpoint == .tcp(host: "h", port: 6443))
        #expect(try Connector(Destination(host: "h")).endpoint == .tcp(host: "h", port: 6000))
        #expect(throws: ExitError.self) { try Connector(Destination(socket: String(repeating: "x", count: 104))) }
    }
}
