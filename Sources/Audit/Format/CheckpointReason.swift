/// The reason why a checkpoint was written.
enum CheckpointReason: String, Sendable, CaseIterable {
    case interval, start, stop, reopen
}
