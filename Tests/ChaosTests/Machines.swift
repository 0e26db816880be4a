import Foundation
import TestKit

/// A machine on which programs run.
struct Machine: Sendable {
    let address: String
    /// The network namespace of the machine; nil for this machine.
    let namespace: String?

    static let this = Machine(address: "127.0.0.1", namespace: nil)

    /// Returns the words that run a command on the machine. The command begins with a path.
    func words(_ command: [String]) -> [String] {
        (namespace.map { [Namespaces.ip, "netns", "exec", $0] } ?? []) + command
    }

    /// Runs a command to its end, for at most five minutes. Returns its output without the blanks around it.
    ///
    /// - Throws: `Mismatch` if the command fails.
    @discardableResult
    func run(_ command: [String], environment: [String: String] = [:]) async throws -> String {
        let words = words(["/usr/bin/timeout", "--kill-after=1", "300"] + command)
        let done = try await Tool.run(words[0], Array(words.dropFirst()), environment: environment)
        guard done.status == 0 else { throw Mismatch("\(command.joined(separator: " ")): \(done.errors)") }
        return done.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Machines that are network namespaces. Each has a wire of its own to a router, which can drop packets between two
/// machines. Nothing of this is visible outside the namespaces.
final class Namespaces: Sendable {
    static let ip = "/usr/sbin/ip"
    private static let iptables = "/usr/sbin/iptables"

    let machines: [Machine]
    private let router: Machine
    private let keeper: Keeper

    /// The script that creates the namespaces. `$1` is the beginning of their names.
    private static let making = """
        set -eu
        id=$1
        shift
        ip netns add "$id-router"
        ip netns exec "$id-router" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
        number=0
        for machine in "$@"; do
            number=$((number + 1))
            ip netns add "$id-$machine"
            ip -n "$id-router" link add "wire$number" type veth peer name eth0 netns "$id-$machine"
            ip -n "$id-router" address add "10.77.$number.1/24" dev "wire$number"
            ip -n "$id-router" link set "wire$number" up
            ip -n "$id-$machine" address add "10.77.$number.2/24" dev eth0
            ip -n "$id-$machine" link set eth0 up
            ip -n "$id-$machine" link set lo up
            ip -n "$id-$machine" route add default via "10.77.$number.1"
        done
        ip netns exec "$id-router" iptables -w -P FORWARD ACCEPT
        """
    private static let removal = #"for name; do ip netns delete "$name" 2>/dev/null; done"#

    /// Creates the namespaces.
    ///
    /// - Throws: `Mismatch` with the reason why this machine cannot have them.
    init(_ names: [String]) async throws {
        guard geteuid() == 0 else { throw Mismatch("network namespaces are for root") }
        for (program, package) in [(Self.ip, "iproute2"), (Self.iptables, "iptables")] {
            guard FileManager.default.isExecutableFile(atPath: program) else {
                throw Mismatch("\(program) is missing: apt-get install \(package)")
            }
        }
        let id = "clavero-\(getpid())"
        keeper = try Keeper("PATH=$PATH:/usr/sbin\n\(Self.removal)", (names + ["router"]).map { "\(id)-\($0)" })
        let made = try await Tool.run(
            "/bin/sh", ["-c", "PATH=$PATH:/usr/sbin\n\(Self.making)", "making", id] + names)
        guard made.status == 0 else { throw Mismatch("no network namespaces: \(made.errors)") }
        router = Machine(address: "", namespace: "\(id)-router")
        machines = names.enumerated().map { place, name in
            Machine(address: "10.77.\(place + 1).2", namespace: "\(id)-\(name)")
        }
    }

    /// Drops everything that the first machine sends to the second, from now on.
    func cut(from one: Machine, to other: Machine) async throws {
        try await filter(["-A", "FORWARD", "-s", one.address, "-d", other.address, "-j", "DROP"])
    }

    func heal() async throws { try await filter(["-F", "FORWARD"]) }

    private func filter(_ words: [String]) async throws { try await router.run([Self.iptables, "-w"] + words) }
}
