/// The commands that somebody answers, in the order in which they are listed.
package struct Manifest: Sendable {
    /// A command and where it goes. A session looks it up once, and its request carries it.
    package struct Entry: Sendable {
        package let spec: CommandSpec
        /// The place of the responder in a router; 0 for a command that the session answers itself.
        package let route: Int
        /// The place of the command at its responder; nil where the responder looks for it.
        package let command: Int?
        /// Whether the responder may be given the next request of the session before it has answered this one, if both are
        /// so: it keeps them in order by itself, or their order makes no difference as they change nothing.
        package let isPipelined: Bool
        /// Whether the responder takes a request whose message is still to come (`Request.rest`).
        package let passesBodies: Bool

        package init(
            _ spec: CommandSpec, route: Int = 0, command: Int? = nil, isPipelined: Bool = false,
            passesBodies: Bool = false
        ) {
            (self.spec, self.route, self.command) = (spec, route, command)
            (self.isPipelined, self.passesBodies) = (isPipelined, passesBodies)
        }
    }

    /// What a manifest has, in an object, so that a manifest is cheap to copy. It changes only while one manifest alone has
    /// it, and so tells a manifest from what it was before it changed.
    final class Contents: @unchecked Sendable {
        fileprivate(set) var specs: [CommandSpec]
        fileprivate(set) var entries: VerbTable<Entry>

        fileprivate init(_ specs: [CommandSpec] = [], _ entries: VerbTable<Entry> = VerbTable()) {
            (self.specs, self.entries) = (specs, entries)
        }
    }

    private(set) var contents = Contents()
    /// Whether everybody who will answer has said what it answers. Until then an unknown verb may become known.
    package var isComplete = true
    package var specs: [CommandSpec] { contents.specs }

    package init() {}

    package init(_ specs: [CommandSpec], route: Int = 0) {
        for spec in specs { add(Entry(spec, route: route)) }
    }

    package subscript(verb: Verb) -> Entry? {
        contents.entries[verb]
    }

    /// Adds a command; false, and nothing is changed, when the verb is taken.
    @discardableResult
    package mutating func add(_ entry: Entry) -> Bool {
        guard self[entry.spec.verb] == nil else { return false }
        if !isKnownUniquelyReferenced(&contents) { contents = Contents(contents.specs, contents.entries) }
        contents.specs.append(entry.spec)
        contents.entries[entry.spec.verb] = entry
        return true
    }
}
