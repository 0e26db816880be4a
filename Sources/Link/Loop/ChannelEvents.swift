/// An event that tells every handler of a channel to finish its requests and close.
package struct DrainEvent: Sendable {
    package init() {}
}

/// An event that tells every handler of a channel that the manifest has changed.
package struct ManifestChangeEvent: Sendable {
    package init() {}
}
