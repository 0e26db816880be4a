/// What a file of the corpus or an input of the fuzzer is tried with: a parser if its first octet is 255, framing otherwise.
package func checkOne(_ octets: some Collection<UInt8>) throws {
    if octets.first == 0xFF { try checkParser(octets.dropFirst()) } else { try checkFraming(octets) }
}

/// The properties of framing that hold whatever is written or read: the first octet chooses one of them, the others what it
/// is tried with.
///
/// - Throws: a `Violation` where it does not hold.
package func checkFraming(_ octets: some Sequence<UInt8>) throws {
    var choices = Choices(octets)
    switch choices.number(below: 11) {
    case 0: try checkReply(&choices)
    case 1: try checkFrame(&choices)
    case 2: try checkRequest(&choices)
    case 3: try checkCuts(&choices)
    case 4: try checkNote(&choices)
    case 5: try checkFrames(&choices)
    case 6: try checkPayload(&choices)
    case 7: try checkWritten(&choices)
    case 8: try checkDownstream(&choices)
    case 9: try checkUpstream(&choices)
    default: try checkVerbAlone(&choices)
    }
}
