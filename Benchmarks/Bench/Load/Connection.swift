import Glibc

/// One connection of a load: the bytes that it still has to write, and the times at which its unanswered requests
/// were due.
struct Connection {
    let channel: Channel
    let script: Script
    var reader: ReplyReader
    /// The bytes of the script that may be written now. They begin at `position`, and continue from the beginning
    /// after the end of the script.
    private(set) var owed = 0
    private var position = 0
    /// The index of the script's next request.
    private var next = 0
    /// The bytes that were read but are not a whole reply.
    var leftOver: [UInt8] = []
    /// Whether the socket had no room. Then an event reports when it has room again.
    var isWaitingToWrite = false
    /// The times at which the unanswered requests were due, in nanoseconds. This is a ring buffer.
    private let due: UnsafeMutablePointer<UInt64>
    private let room: Int
    private var oldest = 0
    private(set) var underWay = 0

    init(_ channel: Channel, _ script: Script, _ reader: ReplyReader, room: Int) {
        self.channel = channel
        self.script = script
        self.reader = reader
        self.room = room
        due = .allocate(capacity: room)
    }

    func end() {
        due.deallocate()
        channel.close()
    }

    /// Whether the script is not cyclic and has no more requests.
    var isExhausted: Bool { !script.isCyclic && next == script.lengths.count }
    var isDone: Bool { isExhausted && underWay == 0 }

    /// Adds a request to the bytes that may be written, if the script has one and there is room for its time. Returns
    /// whether it did.
    mutating func queue(dueAt time: UInt64) -> Bool {
        guard underWay < room, !isExhausted else { return false }
        if next == script.lengths.count { next = 0 }
        owed += script.lengths[next]
        next += 1
        var end = oldest + underWay
        if end >= room { end -= room }
        due[end] = time
        underWay += 1
        return true
    }

    /// Removes the oldest request, which has its reply.
    ///
    /// - Returns: The time at which it was due; nil if no request was unanswered.
    mutating func settle() -> UInt64? {
        guard underWay > 0 else { return nil }
        let time = due[oldest]
        oldest += 1
        if oldest == room { oldest = 0 }
        underWay -= 1
        return time
    }

    /// Writes the bytes that may be written, as far as the socket takes them.
    ///
    /// - Returns: False if the connection is closed.
    mutating func write() -> Bool {
        let (script, channel) = (script, channel)
        return script.bytes.withUnsafeBytes { bytes in
            while owed > 0 {
                let end = min(position + owed, bytes.count)
                switch channel.write(UnsafeRawBufferPointer(rebasing: bytes[position..<end])) {
                case .bytes(let count):
                    owed -= count
                    position += count
                    if position == bytes.count { position = 0 }
                case .wouldBlock: return true
                case .closed: return false
                }
            }
            return true
        }
    }
}
