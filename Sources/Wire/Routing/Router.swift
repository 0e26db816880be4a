/// A responder that consists of several others. Each verb goes to the first of them that knows it.
///
/// A router is used on one event loop only, and so are its responders that are not safe to share.
package final class Router: Responder {
    private let others: [any Responder]
    package private(set) var manifest = Manifest()

    package init(over others: [any Responder]) {
        self.others = others
        refresh()
    }

    /// Collects the manifests again after one of them has changed.
    package func refresh() {
        manifest = Manifest()
        for (index, other) in others.enumerated() {
            for spec in other.manifest.specs where SessionCommands.entry(for: spec.verb) == nil {
                let known = other.manifest[spec.verb]
                manifest.add(
                    Manifest.Entry(
                        spec, route: index + 1, command: known?.command, isPipelined: known?.isPipelined == true))
            }
        }
        manifest.isComplete = others.allSatisfy { $0.manifest.isComplete }
    }

    package func answer(to request: Request, from caller: Caller, _ clock: inout TurnClock) -> Answer? {
        others[request.entry.route - 1].answer(to: request, from: caller, &clock)
    }

    package func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
        others[request.entry.route - 1].respond(to: request, from: caller, answer)
    }

    /// Returns the memory that the first responder with lane memory creates. All responders share it.
    package func makeLaneMemory() -> (any LaneMemory)? { others.lazy.compactMap { $0.makeLaneMemory() }.first }

    package func ended(lane: Lane) {
        for responder in others { responder.ended(lane: lane) }
    }
}
