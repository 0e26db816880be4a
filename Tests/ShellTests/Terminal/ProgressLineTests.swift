import Testing

@testable import Shell

@Suite("Progress lines")
struct ProgressLineTests {
    @Test(
        "A line shows the share, the rate and the remaining time",
        arguments: [
            (45, 100, 1.0, 80, "[##################----------------------]   45 %   45.0 B/s  0:02 left"),
            (0, 100, 0.0, 80, "[----------------------------------------]    0 %             "),
            (100, 100, 2.0, 80, "[########################################]  100 %   50.0 B/s  0:00 left"),
            (8_000_000, 16_000_000, 0.65, 40, "[####----]   50 %  12.3 MB/s  0:01 left"),
            (1, 1000, 10.0, 60, "[-------------------------]    0 %    0.1 B/s  2:46:30 left"),
            (500_000, 1_000_000, 0.001, 80, "[####################--------------------]   50 %   500 MB/s  0:01 left"),
            (5_000_000_000, 10_000_000_000, 1.0, 60, "[##############--------------]   50 %   5.0 GB/s  0:01 left"),
            (0, 0, 1.0, 20, "100 %    0.0 B/s  "),
            (45, 100, 1.0, 5, "45 %"),
            (45, 100, 1.0, 3, "45"),
        ])
    func lines(_ done: Int, _ total: Int, _ seconds: Double, _ columns: Int, _ line: String) {
        #expect(ProgressLine(done: done, total: total, seconds: seconds).text(columns: columns) == line)
    }

    @Test(
        "A line fits into the terminal",
        arguments: 1...100) func fits(_ columns: Int)
    {
        for done in [0, 1, 999_999, 1_000_000, 1_000_001] {
            let line = ProgressLine(done: done, total: 1_000_000, seconds: 3.3).text(columns: columns)
            #expect(line.count < max(columns, 1) || line.isEmpty)
        }
    }
}
