import Glibc

/// One connection of a load: what it still has to write, and when the requests without a reply were due.
struct Connection {
    let channel: Channel
    let script: Script
    var reader: ReplyReader
    /// Octets of the script that may be written now, from `position` on and round its end.
    private(set) var owed = 0
    private var position = 0
    /// The script's next request.
    private var next = 0
    /// Octets that were read and are not a whole reply.
    var leftOver: [UInt8] = []
    /// Whether the socket had no room, so that an event will tell when it has.
    var isWaitingToWrite = false
    /// When the requests under way were due, in nanoseconds: a ring.
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

    /// Whether the script, which is not cyclic, has no more requests.
    var isExhausted: Bool { !script.isCyclic && next == script.lengths.count }
    var isDone: Bool { isExhausted && underWay == 0 }

    /// Adds a request to what is owed, if the script has one and there is room.
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

    /// The oldest request has its reply.
    /// - Returns: When it was due; nil if there was none under way.
    mutating func settle() -> UInt64? {
        guard underWay > 0 else { return nil }
        let time = due[oldest]
        oldest += 1
        if oldest == room { oldest = 0 }
        underWay -= 1
        return time
    }

    /// Writes what is owed, as far as the socket takes it.
    /// - Returns: False when the connection is closed.
    mutating func write() -> Bool {
        let (script, channel) = (script, channel)
        return script.octets.withUnsafeBytes { octets in
            while owed > 0 {
                let end = min(position + owed, octets.count)
                switch channel.write(UnsafeRawBufferPointer(rebasing: octets[position..<end])) {
                case .octets(let count):
                    owed -= count
                    position += count
                    if position == octets.count { position = 0 }
                case .wouldBlock: return true
                case .closed: return false
                }
            }
            return true
        }
    }
}
