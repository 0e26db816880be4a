import Audit
import Commands
import CoreMetrics
import Daemon
import Foundation
import Input
import Link
import Logging
import Seal
import Signing
import Store
import Wire

/// The parts of a server that answer requests. They are made from the options and the data directory.
struct ServerComponents: Sendable {
    let gate: Gate
    /// The gate of the operator's commands.
    let adminGate: Gate
    /// The commands of plugin processes.
    let pluginCommands: PluginCommands
    /// The number of sessions of clients. The operator's sessions are not counted.
    let sessions = SessionCount()
    let store: Store
    let database: DatabaseHealth
    /// Forgets accounts as FORGET AFTER= has set it.
    let forgetting: DelayedForgetting
    let hasher: Hasher
    /// The audit log; nil if the server has none.
    let audit: AuditLog?
    let room: HeadRoom
    /// The public documents of an auth server, by their paths; empty in other servers.
    let documents: [String: @Sendable () -> ProbeDocument]
    private let rootKeys: RootKeyRing?
    private let tokenKeys: TokenKeys
    private let accounts: AccountCache
    private let identities: Identities
    private let policy: SitePolicy
    private let data: DataDirectory

    /// Opens the database, the keys and the audit log, and makes the gates. The audit log is made only after everything
    /// else was found to be good, so a start that is refused leaves no file behind.
    ///
    /// - Parameter metrics: The metrics; nil if the server has none.
    /// - Throws: `StartError` with the reason why the server cannot start.
    init(_ options: Serve, metrics: (any MetricsFactory)?, logger: Logger) async throws {
        let data = try DataDirectory(path: options.dataDir, database: options.database.address, reader: .server)
        let room = Self.room(options, data, logger)
        let store = try data.store(
            SQLiteDriver.Settings(logBound: Int64(options.unauthenticated.databaseLogLimit) << 20, room: room))
        do {
            let check = SiteCheck(data: data, store: store, logger: logger)
            try await check.require(options)
            try self.init(options, data, store, room, metrics: metrics, logger: logger)
            try await check.record(options)
        } catch {
            // If nobody else has the database open, this removes its log.
            try? await store.close()
            throw error
        }
    }

    private init(
        _ options: Serve, _ data: DataDirectory, _ store: Store, _ room: HeadRoom, metrics: (any MetricsFactory)?,
        logger: Logger
    ) throws {
        let factory = metrics ?? NOOPMetricsHandler.instance
        (self.data, self.store, self.room) = (data, store, room)
        tokenKeys = try Self.tokenKeys(options, data)
        documents =
            options.plugins.names.contains(PluginNames.auth)
            ? TokenDocuments(site: options.site, tokenKeys, data).byPath : [:]
        rootKeys =
            try options.plugins.names.contains(PluginNames.keys) ? RootKeyRing { [data] in try data.rootKeys() } : nil
        let rootKeyIDs: DatabaseExamination.RootKeyIDs = { [data] in try data.rootKeys().ids }
        database = DatabaseHealth(store, rootKeyIDs: rootKeys == nil ? nil : rootKeyIDs)
        accounts = AccountCache(store, metrics: factory)
        identities = Identities(keys: tokenKeys, accounts: accounts, now: Self.now)
        policy = SitePolicy(options.policy)
        hasher = Hasher(
            cost: options.accounts.passwordCost, threads: options.accounts.hasherThreads,
            waiting: options.accounts.hasherQueue, metrics: factory)
        // A server that has no audit.pub has no audit key either.
        let auditKeys = (try? data.auditPublicKeys()) ?? []
        let siteKeys = SiteKeys(store: store, tokenKeys: tokenKeys, others: Set(auditKeys.map(\.raw)))
        let rotations = RotationReport(logger)
        var plugins: [Plugin] = []
        if options.plugins.names.contains(PluginNames.keys), let rootKeys {
            plugins.append(
                KeysPlugin.plugin(
                    store: store, accounts: accounts, rootKeys: rootKeys, hasher: hasher, policy: policy,
                    siteKeys: siteKeys, room: room, now: Self.now, metrics: factory,
                    report: rotations.report))
        }
        if options.plugins.names.contains(PluginNames.auth) {
            plugins.append(
                AuthPlugin.plugin(
                    store: store, accounts: accounts, hasher: hasher, keys: tokenKeys, identities: identities,
                    throttle: LogInThrottle(policy: policy, store: store, now: Self.now, metrics: factory),
                    challenges: Challenges(keys: tokenKeys, metrics: factory, now: Self.now),
                    policy: policy, siteKeys: siteKeys, now: Self.now))
        }
        plugins += try Self.addedPlugins(options)
        let registry = try Registry(plugins)
        try options.pluginOptions.requireServices(of: registry.manifest)
        audit = try Self.audit(options, data, logger)
        let trail = audit.map { AuditTrail($0, server: options.plugins.daemon, room: room) }
        rotations.audit(to: trail)
        let log = GateLog(logger)
        pluginCommands = PluginCommands()
        let meter = { (verbs: Set<Verb>) in metrics.map { RequestMeter(verbs, in: $0) } }
        let granted = options.pluginOptions.pluginVerbs.flatMap(\.verbs.keys)
        gate = Gate(
            registry, plugins: options.pluginOptions.pluginVerbs.isEmpty ? nil : pluginCommands, identities: identities,
            audit: trail, meter: meter(registry.verbs.union(granted)), log: log)
        forgetting = DelayedForgetting(store: store, audit: trail, now: Self.now) { logger.forgetting($0) }
        let health = HealthReport(
            store: store, database: database, audit: audit, room: room, gate: gate, sessions: sessions)
        let admin = AdminPlugin.plugin(store: store, health: { await health.parts }, now: Self.now)
        let adminRegistry = try Registry([admin], isForOperator: true)
        adminGate = Gate(
            adminRegistry, identities: identities, audit: trail, meter: meter(adminRegistry.verbs), log: log)
    }

    /// Reads the key files again. It also begins a new audit log if the old one was moved away.
    func reload(logger: Logger) {
        do {
            try tokenKeys.reload()
            try rootKeys?.reload()
            accounts.clear()
            logger.info("the keys were reloaded")
        } catch {
            logger.error("the new keys cannot be used; the server keeps the old ones", metadata: ["reason": "\(error)"])
        }
        audit?.reopen()
    }

    /// Applies the options that may change while the server runs.
    func take(_ options: Serve) { policy.become(options.policy) }

    /// Writes the counted uses of keys to the database, until the task is cancelled.
    func countKeyUses(logger: Logger) async {
        await accounts.uses.run(now: Self.now) { error in
            logger.logRateLimited(.error, "the uses of keys could not be counted yet", reason: "\(error)", [:])
        }
    }

    func close() async {
        await audit?.close()
        try? await accounts.uses.write(at: Self.now())
        try? await store.close()
    }

    /// Returns the current time in Unix seconds.
    private static let now: @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }

    private static func tokenKeys(_ options: Serve, _ data: DataDirectory) throws -> TokenKeys {
        let signs = options.plugins.names.contains(PluginNames.auth)
        return try TokenKeys(site: options.site, now: now) {
            let (published, signing) = try data.tokenKeys(signs: signs)
            return TokenKeys.Contents(published: published, signing: signing)
        }
    }

    /// Makes the plugins that are not part of this package.
    private static func addedPlugins(_ options: Serve) throws -> [Plugin] {
        let state = DataDirectory(path: options.stateDirectory)
        return try PluginKind.all.filter { options.plugins.names.contains($0.name) }.map { kind in
            let context = PluginContext(directory: try state.makeDirectory(of: kind.name))
            do {
                let plugin = Plugin(name: kind.name, commands: try kind.commands(context))
                try plugin.requireOwnVerbs()
                return plugin
            } catch {
                throw StartError("the plugin \(kind.name): \(error)")
            }
        }
    }

    /// Returns the check for free disk space. It watches the filesystem of the audit log and, if the database is a
    /// file, that of the database.
    private static func room(_ options: Serve, _ data: DataDirectory, _ logger: Logger) -> HeadRoom {
        var paths = data.database == nil ? [data.databasePath] : []
        if let log = options.auditPath {
            paths.append(URL(filePath: log).deletingLastPathComponent().path)
        }
        return HeadRoom(of: paths, reserve: options.unauthenticated.diskReserve) { state in
            let fields: Logger.Metadata = ["free": "\(state.free)", "kept": "\(state.kept)"]
            if state.isLow {
                logger.warning("the disk is almost full; new accounts are refused", metadata: fields)
            } else {
                logger.info("the disk has space again; new accounts are accepted", metadata: fields)
            }
        }
    }

    private static func audit(_ options: Serve, _ data: DataDirectory, _ logger: Logger) throws -> AuditLog? {
        guard let path = options.auditPath else { return nil }
        do {
            return try AuditLog(
                path: path, server: options.plugins.daemon, key: try data.auditKey(),
                settings: AuditSettings(
                    policy: options.administration.auditFailure, unauthenticated: options.unauthenticated.audit)
            ) { event in
                logger.log(level: event.isGood ? .info : .error, "\(event)")
            }
        } catch let error as AuditError {
            throw StartError("\(error)", error.cause == .inUse ? .unavailable : .transfer)
        }
    }
}

extension AuditEvent {
    fileprivate var isGood: Bool {
        switch self {
        case .changed(.ok), .reopened: true
        case .changed, .recovered, .headMissing, .unsealed, .abandoned: false
        }
    }
}

extension GateLog {
    fileprivate init(_ logger: Logger) {
        let failed = { @Sendable (verb: Verb, request: RequestID?, error: any Error) in
            let fields: Logger.Metadata = ["verb": "\(verb)", "request": Self.text(request)]
            logger.logRateLimited(.error, "a command failed", reason: "\(error)", fields)
        }
        guard logger.logLevel <= .debug else {
            self.init(failed: failed)
            return
        }
        self.init(failed: failed) { verb, request, code, took in
            let fields: Logger.Metadata = [
                "verb": "\(verb)", "request": Self.text(request), "code": "\(code)", "microseconds": "\(took / 1000)",
            ]
            logger.debug("request", metadata: fields)
        }
    }

    private static func text(_ request: RequestID?) -> Logger.MetadataValue { "\(request?.description ?? "")" }
}
