import NIOCore

/// The input of a session: the bytes that have arrived from the client and were not read, and the framer that reads
/// them.
struct SessionInput: ~Copyable {
    var framer: Framer
    // This small property is declared here to fill the padding of the one before.
    private(set) var hasEnded = false
    var buffer = ByteBuffer()

    init(readsTelnet: Bool) {
        framer = Framer(readsTelnet: readsTelnet)
    }

    mutating func received(_ bytes: inout ByteBuffer) { buffer.writeOrTake(&bytes) }

    /// Notes that no more bytes will arrive.
    mutating func end() { hasEnded = true }

    /// Returns the next event; nil if more bytes are needed. It spends the cost of a request and of the bytes that
    /// were read.
    mutating func next(_ limits: Limits, _ budget: inout TurnBudget) -> Framer.Event? {
        let waiting = buffer.readableBytes
        let event = framer.next(&buffer, limits: limits)
        budget.spend(TurnBudget.request)
        budget.spend(bytes: waiting - buffer.readableBytes)
        return event
    }

    /// Returns the next line if it begins a request, has arrived completely, and contains only a verb.
    func peekVerb() -> LineReader.VerbLine? { framer.peekVerb(buffer) }

    mutating func takeVerb(_ line: LineReader.VerbLine) { framer.takeVerb(&buffer, line) }

    /// The failure to report if the input ends now; nil if it ends between requests.
    var failureIfEnded: Failure? { framer.cutShort(buffer) }

    /// The number of bytes that have arrived of the request that is being read.
    var arrived: Int { buffer.readableBytes + framer.heldBytes }

    /// The known size in bytes of the request that is being read. The first line of its frame does not count.
    var arriving: Int { framer.heldBytes + max(buffer.readableBytes, framer.state.awaitedBytes) }

    /// Releases the memory of the buffer if all bytes were read. An idle session keeps no memory for its past input.
    mutating func releaseIfEmpty() {
        if buffer.readableBytes == 0 { buffer = ByteBuffer() }
    }
}
