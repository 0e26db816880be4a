import Logging
import Wire

/// The problems with the commands that the servers announce.
struct AnnouncementProblems: Hashable {
    /// The commands that two plugins announce, or that a session answers itself.
    var duplicates: [Verb] = []
    /// The first plugins that were ignored because there are too many.
    private(set) var ignored: [String] = []

    mutating func ignore(_ plugin: String) {
        if ignored.count < 10, !ignored.contains(plugin) { ignored.append(plugin) }
    }

    func log(to logger: Logger) {
        if !duplicates.isEmpty {
            let verbs = duplicates.map(\.description).joined(separator: " ")
            logger.warning("two plugins announce one command; the first has it", metadata: ["verbs": "\(verbs)"])
        }
        if !ignored.isEmpty {
            let plugins = ignored.joined(separator: " ")
            logger.warning(
                "too many plugins are announced; the commands of some are unknown", metadata: ["plugins": "\(plugins)"])
        }
    }
}
