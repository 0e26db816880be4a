import Foundation
import Glibc
import Input
import Synchronization

/// The rights of a secret file: who owns it, who may read it, and who may replace it.
///
/// The owner must be root or the user of this process. No other user may write the file. One group may read it:
///
/// - any group, if root owns the file, because then only root has given it that group. Debian's group `ssl-cert` and
///   the secrets of containers are of this kind.
/// - the group that only this user is in, if this user owns the file.
/// - the group that `KeyFile.Reader` allows, in a site whose servers have users of their own.
///
/// Only root, the owner and this user may write to the directory of the file, unless its sticky bit protects the files
/// in it.
struct FileRights {
    private let path: String
    private let status: stat
    private let reader: KeyFile.Reader
    /// Whether root only examines the file for another user. Owners and groups do not matter then.
    private let isExamined: Bool

    init(path: String, status: stat, reader: KeyFile.Reader, isExamined: Bool) {
        (self.path, self.status, self.reader, self.isExamined) = (path, status, reader, isExamined)
    }

    private var isOwn: Bool { status.st_uid == geteuid() }

    /// Whether the file belongs to the operator and to the group of this server.
    private var isOfOperator: Bool { reader == .server && !isOwn && status.st_gid == getegid() }

    /// Whether the file's group may read the file.
    private var allowsGroup: Bool {
        if isExamined || status.st_uid == 0 || isOfOperator { return true }
        return isOwn && (Self.isPrivate(status.st_gid) || reader == .command && status.st_gid != getegid())
    }

    /// Checks the rights.
    ///
    /// - Throws: `StartError` with the command that mends them.
    func requirePrivate() throws(StartError) {
        let name = ShellWord.quoted(path)
        guard isExamined || status.st_uid == 0 || isOwn || isOfOperator && status.st_mode & 0o040 != 0 else {
            throw failure("belongs to another user; run: chown \(geteuid()) \(name)")
        }
        guard status.st_mode & (allowsGroup ? 0o037 : 0o077) == 0 else {
            // Without the group's right, a process that is not the owner could not read the file any more.
            let mode = allowsGroup && !isOwn && status.st_mode & 0o040 != 0 ? "640" : "600"
            throw failure(
                "other users have access to it; run: chmod \(mode) \(name), and replace it if they may have read it")
        }
        try requirePrivateDirectories()
    }

    /// Checks the directory that the path names, and the one that the file is in if the path is a symbolic link.
    private func requirePrivateDirectories() throws(StartError) {
        var paths = [Self.directory(of: path)]
        if let resolved = realpath(path, nil) {
            paths.append(Self.directory(of: String(cString: resolved)))
            free(resolved)
        }
        for directory in Set(paths).sorted() {
            var found = stat()
            guard stat(directory, &found) == 0 else { continue }
            let name = ShellWord.quoted(directory)
            guard isExamined || [0, geteuid(), status.st_uid].contains(found.st_uid) else {
                throw failure("its directory belongs to another user; run: chown \(geteuid()) \(name)")
            }
            guard found.st_mode & S_ISVTX == 0 else { continue }
            let isSharedByGroup =
                !isExamined && found.st_mode & S_IWGRP != 0 && found.st_gid != 0 && !Self.isPrivate(found.st_gid)
            guard !isSharedByGroup, found.st_mode & S_IWOTH == 0 else {
                throw failure("other users may write to its directory; run: chmod go-w \(name)")
            }
        }
    }

    private static func directory(of path: String) -> String {
        let directory = URL(filePath: path).deletingLastPathComponent().path
        return directory.isEmpty ? "." : directory
    }

    /// Returns whether only this process's user is in a group: it has the user's name and no other member, as useradd(8)
    /// makes it. Where the system has no names for the two, their numbers must be the same.
    private static func isPrivate(_ group: gid_t) -> Bool { lookUps.withLock { _ in isPrivateGroup(group) } }

    /// A lock for the system's look-ups of users and groups, which use static memory.
    private static let lookUps = Mutex(())

    private static func isPrivateGroup(_ group: gid_t) -> Bool {
        let user = geteuid()
        guard let owner = getpwuid(user), let entry = getgrgid(group) else {
            return getgrgid(group) == nil && getpwuid(user) == nil && group == user
        }
        let name = String(cString: owner.pointee.pw_name)
        guard String(cString: entry.pointee.gr_name) == name else { return false }
        var member = entry.pointee.gr_mem
        while let next = member?.pointee {
            guard String(cString: next) == name else { return false }
            member = member?.advanced(by: 1)
        }
        return true
    }

    private func failure(_ reason: String) -> StartError { StartError("\(path): \(reason)", .permission) }
}
