/// The exit status of the program, after sysexits(3).
enum ExitStatus: Int32 {
    case success = 0
    /// The server refused a request permanently.
    case refused = 1
    /// The command line is wrong.
    case usage = 64
    /// A file cannot be read.
    case input = 66
    /// The server cannot be reached.
    case unavailable = 69
    /// Standard output cannot be written.
    case output = 74
    /// The server refused a request temporarily.
    case temporary = 75
    /// A configuration file is wrong.
    case configuration = 78
}
