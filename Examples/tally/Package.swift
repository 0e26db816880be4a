// swift-tools-version: 6.2
import PackageDescription

// A daemon of one's own: claverod with one command more. Elsewhere than here, Clavero is named by its address:
//     .package(url: "https://example.org/clavero", from: "0.1.0")

let package = Package(
    name: "tally",
    dependencies: [.package(name: "Clavero", path: "../..")],
    targets: [
        .executableTarget(name: "tallyd", dependencies: [.product(name: "ClaveroServer", package: "Clavero")])
    ],
    swiftLanguageModes: [.v6]
)
