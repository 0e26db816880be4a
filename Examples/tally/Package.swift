// swift-tools-version: 6.2
import PackageDescription

// An example of a daemon with one more command than claverod. Other packages name Clavero by its address:
//     .package(url: "https://example.org/clavero", from: "0.1.0")

let package = Package(
    name: "tally",
    dependencies: [.package(name: "Clavero", path: "../..")],
    targets: [
        .executableTarget(name: "tallyd", dependencies: [.product(name: "ClaveroServer", package: "Clavero")])
    ],
    swiftLanguageModes: [.v6]
)
