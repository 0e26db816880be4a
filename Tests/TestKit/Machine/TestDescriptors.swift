import Daemon

/// The descriptors that the test process may have open.
///
/// Tests run side by side, each with files and sockets of its own, and 1,024 descriptors, the usual soft limit, are too
/// few for all of them. The soft limit is raised as a daemon raises its own. `make test` also bounds how many tests run at
/// once.
enum TestDescriptors {
    /// Raises the soft limit the first time it is read.
    static let raised: Void = Descriptors.raiseLimit()
}
