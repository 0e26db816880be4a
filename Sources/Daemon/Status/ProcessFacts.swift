import Input
import Telemetry

/// The facts about a process that both daemons show.
package enum ProcessFacts {
    package static func facts(uptime: Duration) -> [StatusPage.Fact] {
        let memory = ProcessStatus.residentMemory.map { StatusText.bytes(Int($0)) } ?? "-"
        let descriptors = ProcessStatus.openDescriptors.map { StatusText.number(Int($0)) } ?? "-"
        return [
            StatusPage.Fact("Version", Version.number, remark: Version.commit),
            StatusPage.Fact("Uptime", StatusText.span(uptime)),
            StatusPage.Fact(
                "Memory", memory,
                remark: "\(descriptors) of \(StatusText.number(Int(ProcessStatus.descriptorLimit))) descriptors"),
        ]
    }

    /// The log lines that were not written because too many waited.
    package static var lostLogLines: StatusPage.Fact {
        let lost = LogSink.standardError.lostCounts[0]
        return StatusPage.Fact(
            "Lost log lines", StatusText.number(lost), remark: "since the start", isNotable: lost > 0)
    }
}
