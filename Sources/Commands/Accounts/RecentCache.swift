/// A dictionary that forgets entries that were not used lately. It keeps all entries that were used within the last
/// `capacity / 2` additions. It never has more than `capacity` entries; the capacity is at least 2.
struct RecentCache<Key: Hashable, Value> {
    private let half: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    init(_ capacity: Int) {
        half = max(1, capacity / 2)
    }

    var count: Int { young.count + old.count }

    subscript(key: Key) -> Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old.removeValue(forKey: key) else { return nil }
            add(value, for: key)
            return value
        }
        set {
            old[key] = nil
            if let newValue { add(newValue, for: key) } else { young[key] = nil }
        }
    }

    private mutating func add(_ value: Value, for key: Key) {
        if young.count >= half {
            old = young
            young = [:]
        }
        young[key] = value
    }
}

extension RecentCache: Sendable where Key: Sendable, Value: Sendable {}
