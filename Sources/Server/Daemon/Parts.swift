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

/// What a server answers with, made from its options and the data directory.
struct Parts: Sendable {
    let gate: Gate
    /// The operator's.
    let adminGate: Gate
    /// Those of plugin processes.
    let pluginCommands: PluginCommands
    /// The sessions of others than the operator.
    let sessions = SessionCount()
    let store: Store
    let database: DatabaseHealth
    let hasher: Hasher
    /// Nil where there is none.
    let audit: AuditLog?
    let room: HeadRoom
    private let rootKeys: RootKeyRing?
    private let tokenKeys: TokenKeys
    private let accounts: AccountCache
    private let identities: Identities
    private let policy: SitePolicy
    private let data: DataDirectory

    /// `metrics`: nil where nobody asks for them.
    ///
    /// - Throws: `StartError` for what is in the way.
    init(_ options: Serve, metrics: (any MetricsFactory)?, logger: Logger) throws {
        let factory = metrics ?? NOOPMetricsHandler.instance
        data = try DataDirectory(path: options.dataDir, database: options.database.address, reader: .server)
        tokenKeys = try Self.tokenKeys(options, data)
        rootKeys =
            try options.plugins.names.contains(PluginNames.keys) ? RootKeyRing { [data] in try data.rootKeys() } : nil
        let room = Self.room(options, data, logger)
        self.room = room
        store = try data.store(
            SQLiteDriver.Settings(logBound: Int64(options.strangers.databaseLogLimit) << 20, room: room))
        let rootKeyIDs: DatabaseExamination.RootKeyIDs = { [data] in try data.rootKeys().ids }
        database = DatabaseHealth(store, rootKeyIDs: rootKeys == nil ? nil : rootKeyIDs)
        accounts = AccountCache(store, metrics: factory)
        identities = Identities(keys: tokenKeys, accounts: accounts, now: Self.now)
        policy = SitePolicy(options.policy)
        audit = try Self.audit(options, data, logger)
        hasher = Hasher(
            cost: options.passwordCost, threads: options.hasherThreads, waiting: options.hasherQueue, metrics: factory)
        let trail = audit.map { AuditTrail($0, server: options.plugins.daemon, room: room) }
        let log = GateLog(logger)
        // A server that has no audit.pub has no such key.
        let auditKeys = (try? data.auditPublicKeys()) ?? []
        let siteKeys = SiteKeys(store: store, tokenKeys: tokenKeys, others: Set(auditKeys.map(\.raw)))
        var plugins: [Plugin] = []
        if options.plugins.names.contains(PluginNames.keys), let rootKeys {
            plugins.append(
                KeysPlugin.plugin(
                    store: store, accounts: accounts, rootKeys: rootKeys, hasher: hasher, policy: policy,
                    siteKeys: siteKeys, room: room, now: Self.now, metrics: factory))
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
        pluginCommands = PluginCommands()
        let meter = { (verbs: Set<Verb>) in metrics.map { RequestMeter(verbs, in: $0) } }
        let granted = options.pluginOptions.pluginVerbs.flatMap(\.verbs.keys)
        gate = Gate(
            registry, plugins: options.pluginOptions.pluginVerbs.isEmpty ? nil : pluginCommands, identities: identities,
            audit: trail, meter: meter(registry.verbs.union(granted)), log: log)
        let health = Health(
            store: store, database: database, audit: audit, room: room, gate: gate, sessions: sessions)
        let admin = AdminPlugin.plugin(store: store, health: { await health.parts }, now: Self.now)
        let adminRegistry = try Registry([admin], isForOperator: true)
        adminGate = Gate(
            adminRegistry, identities: identities, audit: trail, meter: meter(adminRegistry.verbs), log: log)
    }

    /// To be called before the first request: the database is one whose keys the root key opens.
    ///
    /// - Throws: `StartError`.
    func prepare() async throws {
        guard let rootKeys else { return }
        let known = Set(try data.rootKeys().ids)
        let current = try await store.rootKeyID()
        // A database of the release before this one does not say which root key it is under, but its keys do.
        let needed = if let current { [current] } else { Array(try await store.keyCounts().keys) }
        guard known.isSuperset(of: needed) else {
            throw data.secretFile("root.key").failure("not the root key of this database")
        }
        if current == nil { _ = try await store.setRootKeyID(rootKeys.current.id, replacing: nil) }
    }

    /// Reads key files again, and goes on in a new audit log if the old one was moved away.
    func reload(logger: Logger) {
        do {
            try tokenKeys.reload()
            try rootKeys?.reload()
            accounts.clear()
            logger.info("keys were read again")
        } catch {
            logger.error("keys cannot be used; the old ones go on", metadata: ["reason": "\(error)"])
        }
        audit?.reopen()
    }

    /// Goes by what of the options may change while the server runs.
    func take(_ options: Serve) { policy.become(options.policy) }

    func close() async {
        await audit?.close()
        try? await store.close()
    }

    /// Unix seconds.
    private static let now: @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }

    private static func tokenKeys(_ options: Serve, _ data: DataDirectory) throws -> TokenKeys {
        let signs = options.plugins.names.contains(PluginNames.auth)
        return try TokenKeys(site: options.site, now: now) {
            let (published, signing) = try data.tokenKeys(signs: signs)
            return TokenKeys.Contents(published: published, signing: signing)
        }
    }

    /// Those that are not of this package.
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

    /// Nil where there is no audit log.
    private static func auditPath(_ options: Serve) -> String? {
        let path = options.auditLog ?? "\(options.stateDirectory)/audit-\(options.plugins.daemon).log"
        return path == "off" ? nil : path
    }

    /// The filesystems of the database, if that is a file, and of the audit log.
    private static func room(_ options: Serve, _ data: DataDirectory, _ logger: Logger) -> HeadRoom {
        var paths = data.database == nil ? [data.databasePath] : []
        if let log = auditPath(options) {
            paths.append(URL(filePath: log).deletingLastPathComponent().path)
        }
        return HeadRoom(of: paths, reserve: options.strangers.diskReserve) { state in
            let fields: Logger.Metadata = ["free": "\(state.free)", "kept": "\(state.kept)"]
            if state.isLow {
                logger.warning("the disk is almost full; new accounts are refused", metadata: fields)
            } else {
                logger.info("the disk has room again; new accounts are taken", metadata: fields)
            }
        }
    }

    private static func audit(_ options: Serve, _ data: DataDirectory, _ logger: Logger) throws -> AuditLog? {
        guard let path = auditPath(options) else { return nil }
        do {
            return try AuditLog(
                path: path, server: options.plugins.daemon, key: try data.auditKey(),
                settings: AuditSettings(policy: options.auditFailure, strangers: options.strangers.audit)
            ) { event in
                logger.log(level: event.isGood ? .info : .error, "\(event)")
            }
        } catch let error as AuditError {
            throw StartError("\(error)")
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
