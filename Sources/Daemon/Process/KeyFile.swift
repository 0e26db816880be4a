import Foundation
import Glibc
import Input
import POSIX
import Secrets

/// A file of keys or certificates, which is read whole. Symbolic links are followed. The file is opened once, so the
/// file that is checked is the file that is read.
package struct KeyFile: Sendable {
    /// The bytes that such a file may have.
    package static let limit = 64 * 1024

    /// The kind of process that reads a secret. It decides which group may read the file too; see ``FileRights``.
    package enum Reader: Sendable {
        /// Any process.
        case any
        /// A server of a site whose servers have users of their own: the file may belong to the operator and to the
        /// group of the server that reads it.
        case server
        /// A command of the operator: the file may belong to the operator and to the group of the server that reads it.
        case command
    }

    package let path: String
    private let reader: Reader
    /// Whether systemd made the file for this service alone. It does so by an access list, which the mode shows as
    /// group bits.
    private let isCredential: Bool
    /// Whether root only examines the file for another user. The group of that user may read it.
    private let isExamined: Bool

    /// Creates a reader of the file at `path`. If the path is one of `credentials`, it is treated as a credential.
    package init(path: String, credentials: Credentials = Credentials(), reader: Reader = .any) {
        self.init(path: path, credentials, isCredential: credentials.contain(path), reader: reader)
    }

    /// Creates a reader of the credential with that name, if it exists, and otherwise of the file in `directory`.
    package init(named name: String, in directory: String, credentials: Credentials, reader: Reader = .any) {
        let credential = credentials.path(of: name)
        self.init(
            path: credential ?? "\(directory)/\(name)", credentials, isCredential: credential != nil, reader: reader)
    }

    private init(path: String, _ credentials: Credentials, isCredential: Bool, reader: Reader) {
        isExamined = credentials.areExamined
        self.reader = reader
        self.path = path
        self.isCredential = isCredential
    }

    /// Returns the content of a secret file. Its rights must be those that ``FileRights`` demands, except that a
    /// credential is not checked. `hint` follows "no such file" in the error.
    ///
    /// - Throws: `StartError` that names the file and, if its rights are wrong, the command that mends them.
    package func secret(hint: String = "") throws(StartError) -> SecretBytes {
        try contents(hint: hint) { (status) throws(StartError) in
            guard !isCredential else { return }
            try FileRights(path: path, status: status, reader: reader, isExamined: isExamined).requirePrivate()
        }
    }

    /// Returns the text of a file that anyone may read. `hint` follows "no such file" in the error.
    ///
    /// - Throws: `StartError` that names the file.
    package func publicText(hint: String = "") throws(StartError) -> String {
        let bytes = try contents(hint: hint) { (_) throws(StartError) in }
        return bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// Returns an error with that reason. It names the file.
    package func failure(_ reason: String, _ status: ExitStatus = .configuration) -> StartError {
        StartError("\(path): \(reason)", status)
    }

    private func contents(
        hint: String, check: (stat) throws(StartError) -> Void
    ) throws(StartError) -> SecretBytes {
        // Without O_NONBLOCK, opening a FIFO would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else {
            guard errno == ENOENT || errno == ENOTDIR else {
                throw failure("cannot be read: \(SystemError.phrase())", .init(errno: errno))
            }
            throw failure("no such file\(hint.isEmpty ? "" : "; \(hint)")", .input)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw failure("cannot be read: not a file", .input)
        }
        try check(status)
        return try read(descriptor)
    }

    /// Reads to the end, through a buffer that is wiped.
    private func read(_ descriptor: Int32) throws(StartError) -> SecretBytes {
        try withTemporarySecret(count: Self.limit + 1) { (buffer) throws(StartError) in
            guard let count = SystemFile.fill(UnsafeMutableRawBufferPointer(buffer), from: descriptor) else {
                throw failure("cannot be read: \(SystemError.phrase())", .transfer)
            }
            guard count <= Self.limit else { throw failure("larger than 64 KiB", .data) }
            let contents = UnsafeRawBufferPointer(rebasing: buffer[ByteOrderMark.count(at: buffer[..<count])..<count])
            return SecretBytes(copying: RawSpan(_unsafeBytes: contents))
        }
    }
}
