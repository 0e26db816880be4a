import Foundation
import Glibc

/// The memory that this machine has for the process, in bytes.
enum MachineMemory {
    /// The memory of the machine, or the limit of the control group if that is less.
    static var total: Int {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let machine = pages > 0 ? pages * sysconf(Int32(_SC_PAGESIZE)) : 1 << 30
        let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        return min(machine, limit(in: groups) { try? String(contentsOfFile: $0, encoding: .utf8) } ?? machine)
    }

    /// Returns the least limit of the process's control group and its ancestors (cgroups(7)); nil if none of them has
    /// a limit.
    ///
    /// `groups` is the content of /proc/self/cgroup. `read` returns the content of a file, or nil.
    static func limit(in groups: String, _ read: (String) -> String?) -> Int? {
        var limits: [Int] = []
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[1].isEmpty || parts[1].split(separator: ",").contains("memory") else {
                continue
            }
            let root = parts[1].isEmpty ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
            let name = parts[1].isEmpty ? "memory.max" : "memory.limit_in_bytes"
            var group = parts[2].split(separator: "/")
            while true {
                let path = ([root] + group.map(String.init) + [name]).joined(separator: "/")
                if let text = read(path), let limit = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) {
                    limits.append(limit)
                }
                guard group.popLast() != nil else { break }
            }
        }
        return limits.min()
    }
}
