import Input
import Wire

extension Reply {
    /// Whether the server closes the connection after this reply (221 and 421; RFC 5321, 3.8).
    var endsSession: Bool { code == 221 || code == 421 }

    /// The exit status of a program that ends with this reply.
    var exitStatus: ExitStatus {
        switch code {
        case 200..<300: .success
        case 400..<500: .temporary
        default: .refused
        }
    }
}
