import NIOCore
import Wire

/// The servers behind one event loop: a set of replicas for each plugin that they have announced.
///
/// Confined to its event loop.
package final class Fleet {
    /// In the order in which the plugins were first announced; none ever goes.
    package private(set) var sets: [ReplicaSet] = []
    /// The places of the sets, in the order of the servers that announce them.
    package private(set) var order: [Int] = []
    /// Those that leave too.
    private(set) var replicas: [Replica] = []
    private let loop: any EventLoop
    private let limits: Upstream.Limits
    private var timer: RepeatedTask?
    private var isConnected = false

    package init(limits: Upstream.Limits, on loop: any EventLoop) {
        self.limits = limits
        self.loop = loop
    }

    /// Whether each that is waited for has said what it answers.
    package var isComplete: Bool { staying.allSatisfy { !$0.isAwaited || $0.upstream.manifest.isComplete } }

    private var staying: [Replica] { replicas.filter { !$0.isLeaving } }

    /// Takes one more; it is connected as soon as the others are.
    ///
    /// `isAwaited`: whether an unknown command may be one of its own, as long as it has not said what it answers.
    package func add(_ upstream: Upstream, isAwaited: Bool = true) {
        replicas.append(Replica(upstream, isAwaited: isAwaited))
        if isConnected { upstream.connect() }
    }

    /// Gives it nothing more. What is under way is answered, then its link ends, and `gone` is called.
    package func remove(_ upstream: Upstream, gone: @escaping () -> Void) {
        guard let replica = replica(of: upstream) else { return }
        replica.leave()
        upstream.progressed = { [unowned self] in progressed(replica, gone) }
        refresh()
        progressed(replica, gone)
    }

    /// Gives it nothing more until it is told otherwise. Its link stays.
    package func rest(_ upstream: Upstream, _ isResting: Bool) {
        guard let replica = replica(of: upstream), !replica.isLeaving else { return }
        replica.rest(isResting)
        upstream.progressed = isResting ? { [unowned self] in release() } : nil
        refresh()
        release()
    }

    /// Whether it is one of these, or has something to finish.
    package func has(_ upstream: Upstream) -> Bool { replica(of: upstream) != nil }

    func replica(of upstream: Upstream) -> Replica? { replicas.first { $0.upstream === upstream } }

    /// Something was answered, or lost, where one is left.
    private func progressed(_ replica: Replica, _ gone: () -> Void) {
        release()
        guard replica.upstream.load == 0, replicas.contains(where: { $0 === replica }) else { return }
        replicas.removeAll { $0 === replica }
        replica.upstream.progressed = nil
        replica.upstream.stop()
        refresh()
        gone()
    }

    private func release() {
        for set in sets { set.release() }
    }

    /// Gathers anew who answers what, after one of them has announced itself.
    package func refresh() {
        order = []
        for spec in staying.flatMap(\.upstream.manifest.specs) {
            let set = set(of: spec.plugin)
            let place = sets.firstIndex { $0 === set }!
            if !order.contains(place) { order.append(place) }
        }
        for set in sets { set.refresh(replicas.filter { $0.serves(set.plugin) }) }
        order += sets.indices.filter { !order.contains($0) && sets[$0].isDeserted }
    }

    /// Made if there is none: without replicas it answers that there are none.
    package func set(of plugin: String) -> ReplicaSet {
        if let known = sets.first(where: { $0.plugin == plugin }) { return known }
        let new = ReplicaSet(of: plugin, on: loop)
        sets.append(new)
        return new
    }

    package func connect() {
        isConnected = true
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
