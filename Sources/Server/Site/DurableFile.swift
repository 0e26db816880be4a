import Armor
import Daemon
import Foundation
import Glibc
import Input
import POSIX
import Seal
import Secrets

/// Writes files that appear complete or not at all. When a function returns, the file is on disk.
enum DurableFile {
    /// The users who may read a file.
    enum Readers {
        /// Only the owner may read the file.
        case owner
        /// The owner and the members of the group may read the file.
        case group(gid_t)
        case anybody

        var mode: mode_t {
            switch self {
            case .owner: 0o600
            case .group: 0o640
            case .anybody: 0o644
            }
        }
    }

    /// Makes a file that does not exist yet. A draft that a crashed run has left is removed.
    ///
    /// The caller must ensure that no other process makes the file at the same time.
    static func create(_ path: String, _ contents: SecretBytes, for readers: Readers) throws(StartError) {
        let draft = draft(of: path)
        unlink(draft)
        try write(draft, contents, readers, for: path)
        defer { unlink(draft) }
        guard link(draft, path) == 0 else { throw failure(path) }
        do {
            try syncDirectory(of: path)
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Removes a file, if it exists.
    static func remove(_ path: String) throws(StartError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure(path) }
        try syncDirectory(of: path)
    }

    /// Returns the path of the file in which new contents are written before they get their name.
    static func draft(of path: String) -> String { "\(path).new" }

    /// A file and its new contents.
    struct File {
        let path: String
        let contents: SecretBytes
        let readers: Readers
    }

    /// Replaces the contents of a file, or makes it. The new file has the owner, the group and the mode of the old
    /// one; of a secret file, only the group's right to read is kept. If the path is a symbolic link, its target is
    /// replaced. A draft that a crashed run has left is removed.
    ///
    /// The caller must ensure that no other process replaces the file at the same time.
    static func replace(_ path: String, _ contents: SecretBytes, for readers: Readers) throws(StartError) {
        try replace([File(path: path, contents: contents, readers: readers)])
    }

    /// Replaces several files, one directly after the other, in their order. All new contents are on disk before the
    /// first file is replaced, so a full disk changes none of them.
    static func replace(_ files: [File]) throws(StartError) {
        var drafts: [(draft: String, path: String)] = []
        do throws(StartError) {
            for file in files {
                let path = URL(filePath: file.path).resolvingSymlinksInPath().path
                drafts.append((try draft(of: file, at: path), path))
            }
            while let (draft, path) = drafts.first {
                guard rename(draft, path) == 0 else { throw failure(path) }
                drafts.removeFirst()
            }
        } catch {
            for (draft, _) in drafts { unlink(draft) }
            throw error
        }
        for file in files { try syncDirectory(of: URL(filePath: file.path).resolvingSymlinksInPath().path) }
    }

    /// Writes the new contents of a file beside it, with the rights of the file.
    ///
    /// - Returns: The path of the draft.
    private static func draft(of file: File, at path: String) throws(StartError) -> String {
        let draft = draft(of: path)
        unlink(draft)
        var status = stat()
        let isThere = stat(path, &status) == 0
        var readers = file.readers
        if case .owner = readers, isThere, status.st_mode & S_IRGRP != 0 { readers = .group(status.st_gid) }
        try write(draft, file.contents, readers, for: path)
        if isThere {
            _ = chown(draft, status.st_uid, status.st_gid)
            if case .anybody = readers { _ = chmod(draft, status.st_mode & 0o777) }
        }
        return draft
    }

    /// Makes a directory and its missing parents, with access for the process's user only. An existing directory is
    /// not changed.
    ///
    /// - Parameter made: Receives the path of each directory that was made, even if the function throws.
    static func makeDirectory(_ path: String, made: inout [String]) throws(StartError) {
        // The `deletingLastPathComponent` of NSString fails for a path of one letter.
        let parent = URL(filePath: path).deletingLastPathComponent().path
        if parent != path, !FileManager.default.fileExists(atPath: parent) {
            try makeDirectory(parent, made: &made)
        }
        if mkdir(path, 0o700) == 0 { return made.append(path) }
        var isDirectory: ObjCBool = false
        guard errno == EEXIST, FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
            isDirectory.boolValue
        else {
            let reason = errno == EEXIST ? "not a directory" : SystemError.phrase()
            throw StartError("\(path): cannot be created: \(reason)", .creation)
        }
    }

    static func makeDirectory(_ path: String) throws(StartError) {
        var made: [String] = []
        try makeDirectory(path, made: &made)
    }

    /// Checks that a file can be made at a path: the directory that it names exists.
    ///
    /// - Throws: `StartError`.
    static func requireDirectory(of path: String) throws(StartError) {
        let parent = URL(filePath: path).deletingLastPathComponent().path
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: parent, isDirectory: &isDirectory) else {
            throw StartError("\(parent): no such directory; make it first", .creation)
        }
        guard isDirectory.boolValue else { throw StartError("\(parent): not a directory", .creation) }
    }

    /// Gives a directory to the process's group, and sets its mode.
    static func share(_ directory: String, mode: mode_t) throws(StartError) {
        guard chown(directory, uid_t.max, getegid()) == 0, chmod(directory, mode) == 0 else {
            throw failure(directory)
        }
    }

    /// Returns the line for a key in a key file: base64 and a line end.
    static func line(_ key: SecretBytes) -> SecretBytes {
        key.withBytes { bytes in SecretBytes(Base64.encode(bytes, padded: true) + [UInt8(ascii: "\n")]) }
    }

    /// Returns the lines for several keys.
    static func lines(_ keys: [SecretBytes]) -> SecretBytes {
        let lines = keys.map(line)
        return SecretBytes(count: lines.map(\.count).reduce(0, +)) { buffer in
            var offset = 0
            for line in lines {
                line.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]).copyMemory(from: $0) }
                offset += line.count
            }
        }
    }

    private static func write(
        _ draft: String, _ contents: SecretBytes, _ readers: Readers, for path: String
    ) throws(StartError) {
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        if case .group(let group) = readers, fchown(descriptor, uid_t.max, group) != 0 {
            unlink(draft)
            throw StartError(
                "\(path): cannot be given to \(ServiceGroups.name(of: group)): this user is not a member of it",
                .permission)
        }
        // A short write sets no error, so this error is set in advance.
        errno = ENOSPC
        // The mode is set explicitly, because a daemon's umask removes all access for other users.
        let isWritten =
            fchmod(descriptor, readers.mode) == 0
            && contents.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) == $0.count }
            && fsync(descriptor) == 0
        guard isWritten else {
            let failure = failure(path)
            unlink(draft)
            throw failure
        }
    }

    private static func syncDirectory(of path: String) throws(StartError) {
        let directory = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure(path) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> StartError {
        StartError("\(path): \(SystemError.phrase())", errno == ENOENT ? .creation : .init(errno: errno))
    }
}

extension SecretBytes {
    convenience init(_ text: String) {
        self.init(Array(text.utf8))
    }
}
