import Daemon

/// The descriptors that the test process may have open.
///
/// Tests run at the same time, each with files and sockets of its own. The usual soft limit of 1,024 descriptors is
/// too low for all of them, so it is raised as a daemon raises its own. `make test` also bounds how many tests run at
/// once.
enum TestDescriptors {
    /// A value that raises the soft limit when it is first read.
    static let raised: Void = Descriptors.raiseLimit()
}
