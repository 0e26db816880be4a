/// The metrics of any process, with the names that Prometheus' client libraries give them.
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

    static let processMetrics = [
        processStart, processCPU, processMemory, processDescriptors, processDescriptorLimit,
    ]
}

extension PrometheusRegistry {
    /// Observes the metrics of this process. Values that the system does not provide are left out.
    package func observeProcess() {
        let start = ProcessStatus.startTime
        observe(.processStart) { start.map { [Sample([], $0)] } ?? [] }
        observe(.processCPU) { ProcessStatus.cpuSeconds }
        observe(.processMemory) { ProcessStatus.residentMemory.map { [Sample([], $0)] } ?? [] }
        observe(.processDescriptors) { ProcessStatus.openDescriptors.map { [Sample([], $0)] } ?? [] }
        observe(.processDescriptorLimit) { ProcessStatus.descriptorLimit }
    }
}
