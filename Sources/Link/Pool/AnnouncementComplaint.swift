import Logging
import Wire

/// What is wrong with what the servers announce.
struct AnnouncementComplaint: Equatable {
    /// Commands that two plugins have, or a session itself.
    var doubled: [Verb] = []
    /// Plugins that are not taken, because there are too many; not all of them.
    private(set) var ignored: [String] = []

    mutating func ignore(_ plugin: String) {
        if ignored.count < 10, !ignored.contains(plugin) { ignored.append(plugin) }
    }

    func log(to logger: Logger) {
        if !doubled.isEmpty {
            let verbs = doubled.map(\.description).joined(separator: " ")
            logger.warning("two plugins announce one command; the first has it", metadata: ["verbs": "\(verbs)"])
        }
        if !ignored.isEmpty {
            let plugins = ignored.joined(separator: " ")
            logger.warning(
                "too many plugins are announced; the commands of some are unknown", metadata: ["plugins": "\(plugins)"])
        }
    }
}
