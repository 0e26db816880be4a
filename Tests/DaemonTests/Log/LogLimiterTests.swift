import Logging
import Testing

@testable import Daemon

@Suite("The log limits the lines of one cause in a minute")
struct LogLimiterTests {
    private static let cause = LogLimiter.Cause(.warning, "a link breaks", [("reason", "a line is too long")])
    private let start = ContinuousClock.now

    @Test("One line a minute is written, and each minute ends with a report of the lines left out")
    func minutes() {
        var limiter = LogLimiter()
        let written = (0..<1000).filter { _ in limiter.admits(Self.cause, most: 1, at: start) }
        #expect(written == [0])
        let early = limiter.ended(at: start + .seconds(59))
        #expect(early.isEmpty)
        let told = limiter.ended(at: start + .seconds(60))
        #expect(told.map(\.cause) == [Self.cause] && told.map(\.leftOut) == [999])
        // The report counted as the one line of the second minute. That minute ends in its turn.
        let isWritten = limiter.admits(Self.cause, most: 1, at: start + .seconds(61))
        #expect(!isWritten)
        let counts = [119, 120, 180].map { limiter.ended(at: start + .seconds($0)).map(\.leftOut) }
        // Nothing was left out in the third minute.
        #expect(counts == [[], [1], []])
        #expect(limiter.nextEnd == nil)
        let isWrittenAnew = limiter.admits(Self.cause, most: 1, at: start + .seconds(181))
        #expect(isWrittenAnew)
    }

    @Test("Each cause is counted and reported separately")
    func causes() {
        var limiter = LogLimiter()
        let others = [
            LogLimiter.Cause(.warning, "a link breaks", [("reason", "no such line")]),
            LogLimiter.Cause(.error, "a link breaks", [("reason", "a line is too long")]),
            LogLimiter.Cause(.warning, "a link breaks"),
        ]
        for cause in [Self.cause] + others {
            let written = (0..<3).map { _ in limiter.admits(cause, most: 2, at: start) }
            #expect(written == [true, true, false])
        }
        let told = limiter.end()
        #expect(Set(told.map(\.cause)) == Set([Self.cause] + others))
        let again = limiter.end()
        #expect(again.isEmpty && limiter.nextEnd == nil)
    }

    @Test("The table of causes is bounded, and so are the lines")
    func bound() {
        var limiter = LogLimiter(limit: 10)
        let written = (0..<10_000).filter {
            limiter.admits(LogLimiter.Cause(.warning, "no", [("reason", "\($0)")]), most: 1, at: start)
        }
        #expect(written == Array(0...10))
        let isAgain = limiter.admits(LogLimiter.Cause(.warning, "no", [("reason", "3")]), most: 1, at: start)
        #expect(!isAgain)
        let told = limiter.ended(at: start + .seconds(60))
        #expect(Set(told.map(\.cause)) == [.others, LogLimiter.Cause(.warning, "no", [("reason", "3")])])
        #expect(told.first { $0.cause == .others }?.leftOut == 10_000 - 11)
    }
}
