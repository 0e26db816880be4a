/// The commands that a responder answers, in the order in which they are listed.
package struct Manifest: Sendable {
    /// A command and its route. The session looks up the entry once, and the request carries it from then on.
    package struct Entry: Sendable {
        package let spec: CommandSpec
        /// The number of the responder in a router. It is 0 for a command that the session answers itself.
        package let route: Int
        /// The index of the command at its responder, or nil if the responder looks the command up by its verb.
        package let command: Int?
        /// Whether the responder accepts this request before it has answered the previous pipelined request of the
        /// session. Either the responder keeps such requests in order, or their order makes no difference because
        /// they change nothing.
        package let isPipelined: Bool
        /// Whether the responder accepts a request before its message has arrived (see `Request.rest`).
        package let passesBodies: Bool

        package init(
            _ spec: CommandSpec, route: Int = 0, command: Int? = nil, isPipelined: Bool = false,
            passesBodies: Bool = false
        ) {
            (self.spec, self.route, self.command) = (spec, route, command)
            (self.isPipelined, self.passesBodies) = (isPipelined, passesBodies)
        }
    }

    /// The contents of a manifest. They are an object, because that makes a manifest cheap to copy. An object changes
    /// only while a single manifest owns it. A different object therefore means that a manifest may have changed.
    final class Contents: @unchecked Sendable {
        fileprivate(set) var specs: [CommandSpec]
        fileprivate(set) var entries: VerbTable<Entry>

        fileprivate init(_ specs: [CommandSpec] = [], _ entries: VerbTable<Entry> = VerbTable()) {
            (self.specs, self.entries) = (specs, entries)
        }
    }

    private(set) var contents = Contents()
    /// Whether all responders have announced their commands. Until then, a command that is unknown now may become
    /// known.
    package var isComplete = true
    package var specs: [CommandSpec] { contents.specs }

    package init() {}

    package init(_ specs: [CommandSpec], route: Int = 0) {
        for spec in specs { add(Entry(spec, route: route)) }
    }

    package subscript(verb: Verb) -> Entry? {
        contents.entries[verb]
    }

    /// Adds a command. Returns false and changes nothing if the verb is already taken.
    @discardableResult
    package mutating func add(_ entry: Entry) -> Bool {
        guard self[entry.spec.verb] == nil else { return false }
        if !isKnownUniquelyReferenced(&contents) { contents = Contents(contents.specs, contents.entries) }
        contents.specs.append(entry.spec)
        contents.entries[entry.spec.verb] = entry
        return true
    }
}
