import Commands
import TestKit
import Wire

/// The manifest of a server with all commands.
enum TestManifest {
    static let all: Manifest = {
        let site = try! Site()
        return Manifest(SessionCommands.specs + site.registry.manifest.specs)
    }()
}
