/// Runs the check for one file of the corpus or one input of the fuzzer. A first byte of 255 selects the parsers, and
/// any other first byte selects the framing.
///
/// - Throws: A `Violation` if a property does not hold.
package func checkOne(_ bytes: some Collection<UInt8>) throws {
    if bytes.first == 0xFF { try checkParser(bytes.dropFirst()) } else { try checkFraming(bytes) }
}

/// Checks a property of the framing that must hold for every input. The first byte selects the property, and the
/// other bytes determine its input.
///
/// - Throws: A `Violation` if the property does not hold.
package func checkFraming(_ bytes: some Sequence<UInt8>) throws {
    var choices = Choices(bytes)
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
