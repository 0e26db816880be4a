import Testing

@testable import Bench

@Suite("The table of figures")
struct TableTests {
    private struct Example: Figure {
        let number = 7
        let title = "ENCRYPT | 64 bytes"
        let peer = "OpenBao"
        let unit = Unit.perSecond
        let goal: Goal

        func measure(_ conditions: Conditions) throws -> Measurement { throw MissingPeer(name: peer) }
    }

    @Test("The median of an even number of values is the mean of the middle two")
    func median() {
        #expect(Spread([3, 1, 2]).median == 2)
        #expect(Spread([4, 1, 2, 3]).median == 2.5)
        #expect(Spread([3, 1, 2]).minimum == 1)
        #expect(Spread([3, 1, 2]).maximum == 3)
    }

    /// The ratios are 100/50, 110/100 and 90/30. Their median is 2, and so is the ratio of the medians.
    @Test("The ratio is the median of the rounds' ratios")
    func ratio() {
        let measurement = Measurement([(100, 50), (110, 100), (90, 30)])
        #expect(measurement.ratio == Spread([2, 1.1, 3]))
        #expect(measurement.ours.median == 100)
        #expect(measurement.peer?.median == 50)
    }

    @Test(
        "A goal is met by a figure at its limit and missed beyond it",
        arguments: [
            (Goal.ratioAtLeast(2), true), (.ratioAtLeast(2.01), false), (.ratioAtMost(2), true),
            (.ratioAtMost(1.99), false),
            (.atMost(100), true), (.atMost(99), false),
        ])
    func goals(_ goal: Goal, isMet: Bool) {
        #expect(goal.isMet(by: Measurement([(100, 50)])) == isMet)
    }

    @Test("A ratio that was not measured is not judged")
    func notMeasured() {
        #expect(Goal.ratioAtLeast(1).isMet(by: Measurement(ours: [1])) == nil)
    }

    @Test("A row shows the median, the range, the ratio and the verdict")
    func row() {
        let row = Table.Row(Example(goal: .ratioAtLeast(2)), .success(Measurement([(1500, 1000), (3000, 1000)])))
        #expect(
            row.cells == [
                "7", "ENCRYPT | 64 bytes", "2,250 /s (1,500-3,000)", "1,000 /s OpenBao", "2.25 (1.50-3.00)", ">= 2.0",
                "PASS",
            ])
    }

    @Test("A missing peer is not a fault, but an error is")
    func missingPeer() {
        let row = Table.Row(Example(goal: .ratioAtLeast(2)), .failure(MissingPeer(name: "OpenBao")))
        #expect(row.verdict == .none)
        #expect(row.note == "OpenBao is not installed; make bench-peers does that")
        #expect(Table.Row(Example(goal: .ratioAtLeast(2)), .failure(LoadError("gone"))).verdict == .failed)
    }

    @Test("The table is written in Markdown")
    func markdown() {
        var table = Table()
        table.add(Table.Row(Example(goal: .ratioAtMost(3)), .success(Measurement([(5, 1)]))))
        table.add(Table.Row(Example(goal: .ratioAtMost(3)), .failure(LoadError("gone"))))
        #expect(
            table.markdown(about: [("date", "today")]) == """
                | | |
                | --- | --- |
                | date | today |

                | # | figure | Clavero | peer | ratio | goal |   |
                | --- | --- | --- | --- | --- | --- | --- |
                | 7 | ENCRYPT \\| 64 bytes | 5.0 /s | 1.0 /s OpenBao | 5.00 | <= 3.0 | MISS |
                | 7 | ENCRYPT \\| 64 bytes | - | OpenBao | - | <= 3.0 | FAILED |

                - 7, ENCRYPT | 64 bytes: gone

                1 miss, 1 failed

                """)
    }

    @Test(
        "The version is found in a program's first line",
        arguments: [
            ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "7.0.15"),
            ("HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/", "2.6.12-1+deb12u4"),
            ("OpenBao v2.7.2 (9e0a0d3c), committed 2026-10-26T20:32:27Z", "2.7.2"),
            ("OpenSSL 3.0.19 27 Jan 2026 (Library: OpenSSL 3.0.19 27 Jan 2026)", "3.0.19"),
            ("3.40.1 2022-12-28 14:03:47 df5c253c0b3dd24916e4ec7cf77d3db5294cc9fd45ae7b9c5e82ad8197f3", "3.40.1"),
        ])
    func versions(_ line: String, _ version: String) { #expect(Machine.version(in: line) == version) }
}
