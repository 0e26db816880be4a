import Glibc

/// What a process takes up, from /proc.
struct Usage {
    let pid: pid_t

    init(of child: Child) { pid = child.pid }

    /// Bytes that are resident.
    func residentBytes() throws(LoadError) -> Double {
        let fields = try TextFile.read("/proc/\(pid)/statm").split(separator: " ")
        guard fields.count > 1, let pages = Double(fields[1]) else {
            throw LoadError("/proc/\(pid)/statm: not understood")
        }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Seconds of processor time, in the process and in the kernel for it.
    func processorSeconds() throws(LoadError) -> Double {
        // Behind the name, which is in parentheses: state is field 3, utime 14, stime 15.
        let text = try TextFile.read("/proc/\(pid)/stat")
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
            throw LoadError("/proc/\(pid)/stat: not understood")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
