/// The commands that somebody answers, in the order in which they are listed.
package struct Manifest: Sendable {
    /// A command and where it goes.
    package struct Entry: Sendable {
        package let spec: CommandSpec
        /// Which of a router's responders answers it, or of a registry's commands it is.
        package let route: Int
        /// Whether that responder keeps a session's requests in order by itself, so that it may be given the next
        /// one before it has answered the last.
        package let isPipelined: Bool
    }

    package private(set) var specs: [CommandSpec] = []
    private var entries = VerbTable<Entry>()
    /// Whether everybody who will answer has said what it answers. Until then an unknown verb may become known.
    package var isComplete = true

    package init() {}

    package init(_ specs: [CommandSpec], route: Int = 0, isPipelined: Bool = false) {
        for spec in specs { add(spec, route: route, isPipelined: isPipelined) }
    }

    package subscript(verb: Verb) -> Entry? {
        entries[verb]
    }

    /// Adds a command; false, and nothing is changed, when the verb is taken.
    @discardableResult
    package mutating func add(_ spec: CommandSpec, route: Int = 0, isPipelined: Bool = false) -> Bool {
        guard entries[spec.verb] == nil else { return false }
        specs.append(spec)
        entries[spec.verb] = Entry(spec: spec, route: route, isPipelined: isPipelined)
        return true
    }
}
