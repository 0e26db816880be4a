/// Tells every handler of a channel to finish what is under way and end.
package struct Drain: Sendable {
    package init() {}
}

/// Tells every handler of a channel that what is answered has changed.
package struct ManifestChange: Sendable {
    package init() {}
}
