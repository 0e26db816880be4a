import Foundation
import TestKit
import Testing

extension LiveSite.Daemon {
    /// Returns a value of /proc/pid/status of the daemon (proc(5)), such as `VmRSS`, in bytes.
    func memory(_ field: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(program.pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("\(field):") })
        return try #require(Int(line.split(whereSeparator: \.isWhitespace)[1])) * 1024
    }
}
