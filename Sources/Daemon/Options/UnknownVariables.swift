import Foundation
import Input
import Logging

/// The variables of the environment that look like settings and are none. A mistyped name would otherwise have no
/// effect and leave no trace.
package struct UnknownVariables {
    /// The variables that the client reads, and those that a server sets for its plugins.
    private static let others: Set = [
        "CLAVERO_HOST", "CLAVERO_PORT", "CLAVERO_USER", "CLAVERO_CA", "CLAVERO_PAGER", "CLAVERO_PASSWORD_FILE",
        "CLAVERO_KEY_FILE", "CLAVERO_PLUGIN_NAME", "CLAVERO_WRITE_DOCS", "CLAVERO_SLOW_TESTS", "CLAVERO_FUZZ",
        "CLAVERO_KEYS_PORT", "CLAVERO_AUTH_PORT", "CLAVERO_PROXY_PORT", "CLAVERO_TLS_PORT", "CLAVERO_BIND",
        "CLAVERO_TREE", "CLAVERO_BUILD_OPTIONS",
    ]
    private static let otherPrefixes = ["CLAVERO_TEST_", "CLAVERO_CHAOS_"]

    private let sources: SettingsSources

    package init(_ sources: SettingsSources) {
        self.sources = sources
    }

    /// Returns the names of the variables, in sorted order, each with the reason why it has no effect.
    package func all(in environment: [String: String]) -> [(name: String, reason: String)] {
        let own = sources.names.map(SettingsSources.variable)
        return environment.filter {
            $0.key.hasPrefix("CLAVERO_") && !own.contains($0.key) && !Self.isOther($0.key, $0.value)
        }
        .keys.sorted().map { ($0, reason($0, own)) }
    }

    /// Logs a warning for each of them in this process's environment.
    package func warn(_ logger: Logger) {
        for (name, reason) in all(in: ProcessInfo.processInfo.environment) {
            logger.warning(
                "a variable of the environment has no effect", metadata: ["variable": "\(name)", "reason": "\(reason)"])
        }
    }

    private func reason(_ name: String, _ own: [String]) -> String {
        let key = String(name.dropFirst("CLAVERO_".count).lowercased().map { $0 == "_" ? "-" : $0 })
        if let owner = ServiceSettings.owner(of: key) { return "it is a setting of \(owner)" }
        guard let nearest = NearestWord.of(name, in: own) else { return "no setting has this name" }
        return "no setting has this name; did you mean \(nearest)?"
    }

    /// Whether another program uses the variable. Kubernetes makes variables for each service of a namespace, such as
    /// CLAVERO_PROXY_SERVICE_HOST and CLAVERO_PROXY_PORT_6000_TCP_ADDR. CLAVERO_PROXY_PORT has a URL then.
    private static func isOther(_ name: String, _ value: String) -> Bool {
        if others.contains(name) || otherPrefixes.contains(where: name.hasPrefix) { return true }
        let kubernetes = /.*_(SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)/
        return name.wholeMatch(of: kubernetes) != nil || (name.hasSuffix("_PORT") && value.contains("://"))
    }
}
