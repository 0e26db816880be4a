/// The properties of framing that hold whatever is written or read: the first octet chooses one of them, the others what it
/// is tried with.
///
/// - Throws: a `Violation` where it does not hold.
package func checkFraming(_ octets: some Sequence<UInt8>) throws {
    var choices = Choices(octets)
    switch choices.number(below: 4) {
    case 0: try checkReply(&choices)
    case 1: try checkLinkLine(&choices)
    case 2: try checkRequest(&choices)
    default: try checkCuts(&choices)
    }
}
