/// One responder made of several: each verb goes to the first of them that knows it.
///
/// Confined to one event loop, as are the responders behind it that are not safe to share.
package final class Router: Responder {
    private var others: [any Responder]
    /// Whether each of `others` keeps a lane's requests in order by itself.
    private let arePipelined: Bool
    /// In which the commands of `others` are listed; of two that have one verb, the first here has it.
    private var order: [Int]
    private var isComplete = true
    package private(set) var manifest = Manifest()

    package init(over others: [any Responder], arePipelined: Bool) {
        self.others = others
        order = Array(others.indices)
        self.arePipelined = arePipelined
        refresh()
    }

    /// Routes over these from now on: those of before, each at its place, since requests for it may be waiting, and more
    /// behind them. `order` has the places in the order in which they count. `isComplete`: nobody else is to come. Returns
    /// the verbs that more than one announced.
    package func extend(to others: [any Responder], order: [Int], isComplete: Bool) -> [Verb] {
        self.others = others
        self.order = order
        self.isComplete = isComplete
        return refresh()
    }

    /// Gathers the manifests anew, after one of them has changed. Returns the verbs that more than one announced;
    /// they stay with the first.
    @discardableResult
    package func refresh() -> [Verb] {
        var manifest = Manifest()
        var doubled: [Verb] = []
        for index in order {
            let other = others[index].manifest
            for spec in other.specs {
                let isOwn = SessionCommands.entry(for: spec.verb) != nil
                let entry = Manifest.Entry(
                    spec, route: index + 1, command: other[spec.verb]?.command, isPipelined: arePipelined)
                if isOwn || !manifest.add(entry) { doubled.append(spec.verb) }
            }
        }
        manifest.isComplete = isComplete && others.allSatisfy { $0.manifest.isComplete }
        self.manifest = manifest
        return doubled
    }

    package func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
        others[request.entry.route - 1].respond(to: request, from: caller, answer)
    }

    package func ended(lane: Lane) {
        for responder in others { responder.ended(lane: lane) }
    }
}
