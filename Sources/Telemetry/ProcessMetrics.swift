import Glibc

/// Those of any process, by the names that Prometheus' own client libraries give them.
extension Metric {
    package static let processStart = Metric(
        "process_start_time_seconds", .gauge,
        help: "Start time of the process since unix epoch in seconds.")
    package static let processCPU = Metric(
        "process_cpu_seconds_total", .counter, help: "Total user and system CPU time spent in seconds.")
    package static let processMemory = Metric(
        "process_resident_memory_bytes", .gauge, help: "Resident memory size in bytes.")
    package static let processDescriptors = Metric(
        "process_open_fds", .gauge, help: "Number of open file descriptors.")
    package static let processDescriptorLimit = Metric(
        "process_max_fds", .gauge, help: "Maximum number of open file descriptors.")

    static let ofTheProcess = [
        processStart, processCPU, processMemory, processDescriptors, processDescriptorLimit,
    ]
}

extension PrometheusRegistry {
    /// Reads those of this process when they are asked for. What the system does not tell is left out.
    package func observeProcess() {
        let start = ProcessStatus.startTime
        observe(.processStart) { start.map { [Sample([], $0)] } ?? [] }
        observe(.processCPU) { ProcessStatus.cpuSeconds }
        observe(.processMemory) { ProcessStatus.residentMemory.map { [Sample([], $0)] } ?? [] }
        observe(.processDescriptors) { ProcessStatus.openDescriptors.map { [Sample([], $0)] } ?? [] }
        observe(.processDescriptorLimit) { ProcessStatus.descriptorLimit }
    }
}

/// What proc(5) and getrusage(2) tell of this process.
enum ProcessStatus {
    /// Unix seconds.
    static var startTime: Double? {
        // Field 22; the second is a name in parentheses, which may have blanks in it.
        guard let status = text(of: "/proc/self/stat"), let name = status.lastIndex(of: ")") else { return nil }
        let fields = status[status.index(after: name)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]), let boot = bootTime else { return nil }
        return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    static var cpuSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    static var residentMemory: Double? {
        let fields = text(of: "/proc/self/statm")?.split(separator: " ") ?? []
        guard fields.count > 1, let pages = Double(fields[1]) else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Without the one that it takes to look.
    static var openDescriptors: Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) { count += entry.pointee.d_name.0 == 0x2E ? 0 : 1 }
        return Double(count - 1)
    }

    static var descriptorLimit: Double {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Double(limit.rlim_cur)
    }

    private static var bootTime: Double? {
        let line = text(of: "/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) }
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    /// Such files tell no size, so they are read to their end.
    private static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var octets: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? String(decoding: octets, as: UTF8.self) : nil }
            octets += part[..<count]
        }
    }
}
