import NIOCore
import Wire

/// The servers behind one event loop, by the links for requests of one size: a set of replicas for each plugin that they
/// have announced.
///
/// Confined to its event loop.
package final class Fleet {
    /// In the order in which the plugins were first announced; none ever goes.
    package private(set) var sets: [ReplicaSet] = []
    /// The places of the sets, in the order of the servers that announce them.
    package private(set) var order: [Int] = []
    private var replicas: [Replica] = []
    private let loop: any EventLoop
    private let limits: Upstream.Limits
    private var timer: RepeatedTask?

    package init(limits: Upstream.Limits, on loop: any EventLoop) {
        self.limits = limits
        self.loop = loop
    }

    /// Whether each of them has said what it answers.
    package var isComplete: Bool { replicas.allSatisfy { $0.upstream.manifest.isComplete } }

    package func add(_ upstream: Upstream) { replicas.append(Replica(upstream)) }

    /// Forgets a link; what is under way on it is still answered.
    package func remove(_ upstream: Upstream) {
        replicas.removeAll { $0.upstream === upstream }
        refresh()
    }

    /// Gathers anew who answers what, after one of them has announced itself.
    package func refresh() {
        order = []
        for spec in replicas.flatMap(\.upstream.manifest.specs) {
            let set = set(of: spec.plugin)
            let place = sets.firstIndex { $0 === set }!
            if !order.contains(place) { order.append(place) }
        }
        for set in sets {
            set.refresh(replicas.filter { $0.upstream.manifest.specs.contains { $0.plugin == set.plugin } })
        }
    }

    /// Made if there is none: without replicas it answers that there are none.
    package func set(of plugin: String) -> ReplicaSet {
        if let known = sets.first(where: { $0.plugin == plugin }) { return known }
        let new = ReplicaSet(of: plugin, on: loop)
        sets.append(new)
        return new
    }

    package func connect() {
        for replica in replicas { replica.upstream.connect() }
        guard timer == nil, let silence = limits.silence, let interval = limits.interval else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.tick(patience: silence * 2)
        }
    }

    package func stop() {
        timer.take()?.cancel()
        for replica in replicas { replica.upstream.stop() }
    }

    private func tick(patience: TimeAmount) {
        let now = NIODeadline.now()
        for replica in replicas { replica.tick(now) }
        for set in sets { set.tick(now, patience: patience) }
    }
}
