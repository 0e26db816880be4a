/// The properties of framing that hold whatever is written or read: the first octet chooses one of them, the others what it
/// is tried with.
///
/// - Throws: a `Violation` where it does not hold.
package func checkFraming(_ octets: some Sequence<UInt8>) throws {
    var choices = Choices(octets)
    switch choices.number(below: 8) {
    case 0: try checkReply(&choices)
    case 1: try checkFrame(&choices)
    case 2: try checkRequest(&choices)
    case 3: try checkCuts(&choices)
    case 4: try checkNote(&choices)
    case 5: try checkFrames(&choices)
    case 6: try checkPayload(&choices)
    default: try checkWritten(&choices)
    }
}
