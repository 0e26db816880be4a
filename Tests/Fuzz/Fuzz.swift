import FuzzChecks

/// The fuzzer's target, for `make fuzz`: it ends the process at an input for which a property of framing or of a parser does
/// not hold. The first byte chooses between the two.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try checkOne(UnsafeBufferPointer(start: start, count: count))
    } catch {
        fatalError("\(error)")
    }
    return 0
}
