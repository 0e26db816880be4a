import Glibc

/// The resources that a process uses, from /proc.
struct Usage {
    let pid: pid_t

    init(of child: Child) { pid = child.pid }

    /// Returns the resident bytes.
    func residentBytes() throws(LoadError) -> Double {
        let fields = try TextFile.read("/proc/\(pid)/statm").split(separator: " ")
        guard fields.count > 1, let pages = Double(fields[1]) else {
            throw LoadError("/proc/\(pid)/statm: not understood")
        }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Returns the seconds of processor time, including the kernel's for the process.
    func processorSeconds() throws(LoadError) -> Double { try Self.times(of: pid).own }

    /// Returns the processor time of the process, of its running children, and of its children that have ended.
    func processorSecondsOfTree() throws(LoadError) -> Double {
        let times = try Self.times(of: pid)
        var sum = times.own + times.ended
        let children = try TextFile.read("/proc/\(pid)/task/\(pid)/children").split(separator: " ")
        // A child that ends now is counted with the ended ones next time.
        for child in children.compactMap({ pid_t($0) }) { sum += (try? Self.times(of: child).own) ?? 0 }
        return sum
    }

    /// Returns the processor time of a process, and that of its children that have ended and been waited for.
    private static func times(of pid: pid_t) throws(LoadError) -> (own: Double, ended: Double) {
        // The fields follow the name, which is in parentheses: state is field 3, utime 14, stime 15, cutime 16,
        // cstime 17.
        let text = try TextFile.read("/proc/\(pid)/stat")
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        let ticks = fields.dropFirst(11).prefix(4).compactMap { Double($0) }
        guard ticks.count == 4 else { throw LoadError("/proc/\(pid)/stat: not understood") }
        let second = Double(sysconf(Int32(_SC_CLK_TCK)))
        return ((ticks[0] + ticks[1]) / second, (ticks[2] + ticks[3]) / second)
    }
}
