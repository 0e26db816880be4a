/// A gate that tasks wait at until it is opened, once for all.
package final class Gate: Sendable {
    private let (openings, opening) = AsyncStream.makeStream(of: Void.self)

    package init() {}

    package func open() { opening.finish() }

    package func wait() async {
        for await _ in openings {}
    }
}
