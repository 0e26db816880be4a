import ArgumentParser
import Daemon
import Logging
import NIOPosix
import TestKit
import Wire

@testable import Link
@testable import Proxy

/// A proxy without sockets, for the operator's commands. It has two upstreams and is connected to neither. It counts
/// three clients at two addresses, and one of them has logged in.
struct LonelyProxy {
    private let directory: Directory
    private let responder: OperatorResponder

    init() async throws {
        let options = try ClaveroProxy.parse([
            "--listen", "127.0.0.1:0", "--name", "gate.example", "--threads", "1", "--upstream", "127.0.0.1:1",
            "--upstream", "127.0.0.1:2",
        ])
        directory = try await Directory(
            options, offersTLS: false, on: MultiThreadedEventLoopGroup.singleton, linkTLS: nil, metrics: nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let limiter = AddressLimiter(sessions: 10, unauthenticated: 10)
        let slots = ["192.0.2.1:1", "192.0.2.1:2", "[2001:db8:0:1::7]:1"].compactMap { limiter.takeSlot(for: $0) }
        var user = slots[0]
        user.note(isUnauthenticated: false)
        let state = ServingState()
        state.become(.listening)
        responder = OperatorResponder(
            Operator(directory: directory, addressLimiter: limiter, admission: AdmissionSwitch(), state: state))
    }

    /// Returns an operator's session. `watch` is called with every answer.
    func session(watch: @escaping Watched.Watch) -> MachineTransport {
        MachineTransport(
            SessionCommands(host: "gate.example", limits: .session), Watched(Router(over: [responder]), watch))
    }

    func stop() async { await directory.stop() }
}
