import Testing

@testable import Bench

@Suite("Numbers in a table")
struct NumbersTests {
    @Test("A number is rounded to its digits")
    func fixed() {
        #expect(Numbers.fixed(1.005, digits: 1) == "1.0")
        #expect(Numbers.fixed(0.049, digits: 2) == "0.05")
        #expect(Numbers.fixed(12.5, digits: 0) == "13")
        #expect(Numbers.fixed(-0.04, digits: 1) == "0.0")
        #expect(Numbers.fixed(-2.25, digits: 2) == "-2.25")
        #expect(Numbers.fixed(.infinity, digits: 2) == "-")
    }

    @Test("A large number has commas between its thousands")
    func grouped() {
        #expect(Numbers.grouped(0) == "0")
        #expect(Numbers.grouped(999.4) == "999")
        #expect(Numbers.grouped(1000) == "1,000")
        #expect(Numbers.grouped(1_234_567.8) == "1,234,568")
        #expect(Numbers.grouped(-123_456) == "-123,456")
    }
}
