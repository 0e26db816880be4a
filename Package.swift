// swift-tools-version: 6.2
import PackageDescription

// The modules are in the order of their imports: each may import only modules above it. The build runs with
// --explicit-target-dependency-import-check error, so it refuses an import that is not declared here.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("MemberImportVisibility"),
    // With this feature, a call of an async function that never waits costs no more than any other call.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")

let package = Package(
    name: "Clavero",
    products: [
        .executable(name: "claverod", targets: ["Claverod"]),
        .executable(name: "clavero-proxy", targets: ["Proxy"]),
        .executable(name: "clavero", targets: ["Shell"]),
        .executable(name: "clavero-bench", targets: ["Bench"]),
        // This library is for daemons with commands of their own.
        .library(name: "ClaveroServer", targets: ["Server", "Commands", "Wire"]),
    ],
    // The versions are exact, so that two builds of one commit have the same packages.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // This is libcrypto alone. TLS comes from SwiftNIO.
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"])]),

        .target(name: "CArguments", cSettings: [.treatAllWarnings(as: .error)]),
        .target(name: "CVersion", cSettings: [.treatAllWarnings(as: .error)]),

        .target(name: "Input", dependencies: ["CArguments", "CVersion"], swiftSettings: settings),
        .target(name: "POSIX", dependencies: ["CLinux"], swiftSettings: settings),
        .target(name: "Armor", swiftSettings: settings),
        .target(name: "Telemetry", dependencies: [coreMetrics], swiftSettings: settings),
        .target(name: "Wire", dependencies: ["Input", "Armor", nioCore], swiftSettings: settings),
        // Secrets is separate from Seal. The proxy and the shell read secrets but encrypt nothing, so they are not
        // linked with libcrypto.
        .target(name: "Secrets", dependencies: ["Armor"], swiftSettings: settings),
        .target(name: "Seal", dependencies: ["Armor", "Secrets", "COpenSSL"], swiftSettings: settings),
        .target(name: "Signing", dependencies: ["Armor", "Secrets", "Seal", crypto], swiftSettings: settings),
        .target(name: "Audit", dependencies: ["Input", "POSIX", "Armor", "Seal", "Signing"], swiftSettings: settings),
        .target(name: "Store", dependencies: [grdb, grdbSQLite], swiftSettings: settings),
        // CPostgres has libpq's header and the code that loads libpq. The library is not linked.
        .target(name: "CPostgres", cSettings: [.treatAllWarnings(as: .error)]),
        .target(name: "Postgres", dependencies: ["Store", "CPostgres"], swiftSettings: settings),
        .target(
            name: "Commands",
            dependencies: [
                "Input", "Armor", "Telemetry", "Wire", "Secrets", "Seal", "Signing", "Audit", "Store", coreMetrics,
                nioCore,
            ],
            swiftSettings: settings),
        .target(
            name: "Link",
            dependencies: [
                "CLinux", "Input", "POSIX", "Telemetry", "Wire", nioCore, nioPosix, nioSSL, nioTLS, coreMetrics,
                logging,
            ],
            swiftSettings: settings),
        .target(
            name: "Daemon",
            dependencies: [
                "CLinux", "Input", "POSIX", "Telemetry", "Wire", "Secrets", "Link", argumentParser, lifecycle,
                unixSignals, logging,
                nioCore, nioHTTP1, nioPosix,
            ],
            swiftSettings: settings),

        .target(
            name: "Server",
            dependencies: [
                "Input", "POSIX", "Armor", "Telemetry", "Wire", "Secrets", "Seal", "Signing", "Audit", "Store",
                "Postgres",
                "Commands", "Link", "Daemon",
                argumentParser, coreMetrics, lifecycle, logging, nioCore, nioPosix,
            ],
            swiftSettings: settings),
        .executableTarget(name: "Claverod", dependencies: ["Server"], swiftSettings: settings),
        .executableTarget(
            name: "Proxy",
            dependencies: [
                "Input", "Telemetry", "Wire", "Link", "Daemon", argumentParser, coreMetrics, lifecycle, logging,
                nioCore,
                nioPosix,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "Shell",
            dependencies: ["Input", "POSIX", "Armor", "Wire", "Link", "CReadline", argumentParser, crypto, nioCore],
            swiftSettings: settings),

        // Bench measures the three programs from outside. Of the modules above it imports only POSIX, by which it
        // starts the programs.
        .systemLibrary(name: "CGNU", path: "Benchmarks/CGNU"),
        .target(name: "CEcho", path: "Benchmarks/CEcho"),
        .systemLibrary(
            name: "COpenSSLTLS", path: "Benchmarks/COpenSSLTLS", pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"])]),
        .executableTarget(
            name: "Bench", dependencies: ["CEcho", "CGNU", "COpenSSLTLS", "POSIX"], path: "Benchmarks/Bench",
            swiftSettings: settings),

        .target(
            name: "TestKit",
            dependencies: ["CLinux", "POSIX", "Wire", "Seal", "Signing", "Store", "Commands", "Daemon", nioCore],
            path: "Tests/TestKit", swiftSettings: settings),
        // FuzzChecks has the properties of framing that the tests and the fuzzer check for all input and output.
        .target(
            name: "FuzzChecks", dependencies: ["Wire", "Link", "Secrets", "Seal", "Signing", "Daemon", nioCore],
            path: "Tests/FuzzChecks", swiftSettings: settings),
        .testTarget(name: "BenchTests", dependencies: ["Bench"], swiftSettings: settings),
        .testTarget(name: "ArmorTests", dependencies: ["Armor"], swiftSettings: settings),
        .testTarget(
            name: "SealTests", dependencies: ["COpenSSL", "Armor", "Secrets", "Seal", "Signing", "TestKit"],
            resources: [.copy("vectors")],
            swiftSettings: settings),
        .testTarget(
            name: "AuditTests", dependencies: ["Audit", "Secrets", "Seal", "Signing", "TestKit"],
            swiftSettings: settings),
        .testTarget(
            name: "WireTests", dependencies: ["Wire", "TestKit", "FuzzChecks", nioCore], resources: [.copy("corpus")],
            swiftSettings: settings),
        .testTarget(
            name: "LinkTests", dependencies: ["Telemetry", "Wire", "Link", "TestKit", logging, nioCore, nioEmbedded],
            swiftSettings: settings),
        .testTarget(
            name: "CommandsTests",
            dependencies: [
                "Armor", "Telemetry", "Wire", "Secrets", "Seal", "Signing", "Audit", "Store", "Postgres", "Commands",
                "TestKit", nioCore,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TranscriptTests",
            dependencies: [
                "Wire", "Commands", "Link", "Daemon", "Server", "Proxy", "TestKit", "FuzzChecks", argumentParser,
                lifecycle, logging, nioPosix,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Claverod", "Server", "Proxy", "Shell", "Wire", "Link", "TestKit", nioCore],
            swiftSettings: settings),
        .testTarget(name: "ChaosTests", dependencies: ["Claverod", "Proxy", "TestKit"], swiftSettings: settings),
        .testTarget(
            name: "ShellTests", dependencies: ["Input", "Wire", "Commands", "Link", "Shell", "TestKit", nioCore],
            resources: [.copy("hints.txt"), .copy("completions.txt")], swiftSettings: settings),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Input", "Telemetry", "Wire", "Secrets", "Seal", "Signing", "Store", "Commands", "Link", "Daemon",
                "Server", "Proxy", "TestKit", argumentParser, coreMetrics, logging, nioCore, nioHTTP1, nioPosix,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TelemetryTests", dependencies: ["Telemetry", "TestKit", coreMetrics], swiftSettings: settings),
        .testTarget(
            name: "StoreTests", dependencies: ["Store", "Postgres", "TestKit", grdb], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

// Only `make fuzz` builds this target, because only the fuzzer links it.
if Context.environment["CLAVERO_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(name: "Fuzz", dependencies: ["FuzzChecks"], path: "Tests/Fuzz", swiftSettings: settings))
}

// A build of an image has the sources of the three programs and nothing else.
if Context.environment["CLAVERO_PROGRAMS_ONLY"] != nil {
    package.products.removeAll { $0.name == "clavero-bench" }
    package.targets.removeAll { target in
        target.type == .test || ["Tests/", "Benchmarks/"].contains { target.path?.hasPrefix($0) ?? false }
    }
}
