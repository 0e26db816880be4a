import Testing

@testable import Shell

@Suite("Durations as text")
struct DurationFormatTests {
    @Test(
        "A duration has three digits in a suitable unit",
        arguments: [
            (Duration.microseconds(420), "0.42 ms"), (.microseconds(5), "0.01 ms"), (.microseconds(9996), "10.00 ms"),
            (.microseconds(12_340), "12.3 ms"), (.microseconds(512_400), "512 ms"), (.milliseconds(1250), "1.25 s"),
            (.seconds(61), "61.0 s"), (.zero, "0.00 ms"),
        ])
    func text(_ duration: Duration, _ text: String) {
        #expect(DurationFormat.text(duration) == text)
    }
}
