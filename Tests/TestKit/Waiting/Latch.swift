/// A latch that holds tasks until it is opened. It stays open.
package final class Latch: Sendable {
    private let (openings, opening) = AsyncStream.makeStream(of: Void.self)

    package init() {}

    package func open() { opening.finish() }

    package func wait() async {
        for await _ in openings {}
    }
}
