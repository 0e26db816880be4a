/// What the program tells whoever started it, after sysexits(3).
enum Status: Int32 {
    case success = 0
    /// A request was refused for good.
    case refused = 1
    /// The program was called in a way that it does not know.
    case usage = 64
    /// A file could not be read.
    case input = 66
    /// Nothing answers.
    case unavailable = 69
    /// Standard output could not be written.
    case output = 74
    /// A request was refused for now.
    case temporary = 75
    /// A configuration file is wrong.
    case configuration = 78
}

/// Why the program cannot go on with what it does.
struct Stop: Error, Equatable {
    let message: String
    let status: Status
}
