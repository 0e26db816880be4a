/// The metrics of any process, with the names that Prometheus' client libraries give them.
extension Metric {
    package static let processStart = Metric(
        "process_start_time_seconds", .gauge,
        help: "The time at which the process started, in seconds since 1970.")
    package static let processCPU = Metric(
        "process_cpu_seconds_total", .counter,
        help: "The processor time that the process has used, in user mode and in the kernel together.")
    package static let processMemory = Metric(
        "process_resident_memory_bytes", .gauge, help: "The memory of the process that is in RAM.")
    package static let processDescriptors = Metric(
        "process_open_fds", .gauge, help: "The number of open file descriptors.")
    package static let processDescriptorLimit = Metric(
        "process_max_fds", .gauge, help: "The largest number of file descriptors that the process may have open.")

    package static let buildInfo = Metric(
        "clavero_build_info", .gauge, ["version", "commit"],
        help: "Always 1. The labels are the version of the program and the commit from which it was built.")

    static let processMetrics = [
        buildInfo, processStart, processCPU, processMemory, processDescriptors, processDescriptorLimit,
    ]
}

extension PrometheusRegistry {
    /// Observes the metrics of this process. Values that the system does not provide are left out.
    package func observeProcess(version: String, commit: String) {
        observe(.buildInfo) { [Sample([version, commit], 1)] }
        let start = ProcessStatus.startTime
        observe(.processStart) { start.map { [Sample([], $0)] } ?? [] }
        observe(.processCPU) { ProcessStatus.cpuSeconds }
        observe(.processMemory) { ProcessStatus.residentMemory.map { [Sample([], $0)] } ?? [] }
        observe(.processDescriptors) { ProcessStatus.openDescriptors.map { [Sample([], $0)] } ?? [] }
        observe(.processDescriptorLimit) { ProcessStatus.descriptorLimit }
    }
}
