import Foundation
import Input
import POSIX
import Store

/// A directory of backups, each named after the time at which it was made.
struct BackupFolder {
    private let path: String

    /// Creates the value; nil if the path is not that of an existing directory.
    init?(_ path: String) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
            return nil
        }
        self.path = path
    }

    /// The path of a backup that is made now. It does not exist yet, unless another one was made in the same second.
    var newFile: String { file("clavero-\(Date().ISO8601Format().filter { $0 != ":" && $0 != "-" }).db") }

    /// Removes what interrupted backups have left. Files with other names are not touched.
    func removeAbandoned() {
        SQLiteBackup.removeAbandoned(in: path) { $0.wholeMatch(of: /clavero-\d{8}T\d{6}Z\.db\.\d+\.new/) != nil }
    }

    /// Removes the oldest backups. Files with other names are not touched.
    ///
    /// - Parameters:
    ///   - count: The number of backups to keep.
    ///   - new: The backup that was just made. It is kept even if the clock was set back.
    /// - Returns: The paths of the removed backups.
    /// - Throws: `StartError` if one cannot be removed.
    func removeAll(except count: Int, sparing new: String) throws(StartError) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw StartError("\(path): cannot be read", .transfer)
        }
        let backups = names.filter { $0.wholeMatch(of: /clavero-\d{8}T\d{6}Z\.db/) != nil }
            .filter { file($0) != new }.sorted()
        let removed = backups.prefix(max(backups.count - (count - 1), 0)).map(file)
        for path in removed {
            guard unlink(path) == 0 || errno == ENOENT else {
                throw StartError(
                    "\(path): this old backup cannot be removed: \(SystemError.phrase())", .init(errno: errno))
            }
        }
        return removed
    }

    private func file(_ name: String) -> String { path.hasSuffix("/") ? "\(path)\(name)" : "\(path)/\(name)" }
}
