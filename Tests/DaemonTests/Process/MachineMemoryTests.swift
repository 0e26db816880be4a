import Testing

@testable import Daemon

/// The files are those of cgroups(7), as systemd and container engines make them.
@Suite("The memory that a machine has for a daemon")
struct MachineMemoryTests {
    @Test("A daemon's memory is at most that of the machine")
    func machine() { #expect(MachineMemory.total > 1 << 20) }

    @Test(
        "A daemon's memory is the least limit of its control group and its ancestors",
        arguments: [
            ("0::/a.slice/b.service\n", ["/sys/fs/cgroup/a.slice/b.service/memory.max": "max\n"], nil),
            ("0::/a.slice/b.service\n", ["/sys/fs/cgroup/a.slice/b.service/memory.max": "1000\n"], 1000),
            (
                "0::/a.slice/b.service\n",
                [
                    "/sys/fs/cgroup/a.slice/b.service/memory.max": "3000\n",
                    "/sys/fs/cgroup/a.slice/memory.max": "2000\n",
                ], 2000
            ),
            ("0::/\n", ["/sys/fs/cgroup/memory.max": "500\n"], 500),
            (
                "5:cpu,cpuacct:/x\n4:memory:/y\n",
                [
                    "/sys/fs/cgroup/memory/y/memory.limit_in_bytes": "7000\n",
                    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                ], 7000
            ),
            ("", [:], nil),
        ] as [(String, [String: String], Int?)])
    func groups(_ groups: String, _ files: [String: String], _ expected: Int?) {
        #expect(MachineMemory.limit(in: groups) { files[$0] } == expected)
    }

    @Test("A descriptor limit leaves room for more than clients, and an address gets a quarter")
    func descriptors() {
        let usual = Descriptors(limit: 1024, reserved: 100)
        #expect(usual.connections == 924 && usual.ofOneAddress == 231)
        let few = Descriptors(limit: 100, reserved: 100)
        #expect(few.connections == 50 && few.ofOneAddress == 12)
    }
}
