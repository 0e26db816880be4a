import Commands
import Daemon
import Foundation
import Input
import Link
import POSIX

extension Serve {
    /// Looks for problems of the files that the settings name: those of the site, of the links, of the operator and of
    /// the plugins.
    func examine(_ examination: inout SettingsExamination) {
        let credentials = examination.credentials(user: process.user)
        if examination.knows("data-dir"), examination.knows("plugins") { examineSite(&examination, credentials) }
        if examination.knows("state-dir"), examination.knows("data-dir") { examineState(&examination) }
        let endpoints = (try? endpoints) ?? []
        examination.requireDifferent(endpoints)
        if examination.isCheck { examination.requireSockets(endpoints) }
        examinePlugins(&examination)
    }

    private func examineSite(_ examination: inout SettingsExamination, _ credentials: Credentials) {
        let data = DataDirectory(path: dataDir, credentials: credentials, reader: .server)
        do {
            try SettingsExamination.requireDirectory(dataDir, hint: DataDirectory.hint)
        } catch {
            return examination.note("\(error)", of: ["data-dir"])
        }
        examination.check("data-dir") { try InitMark(in: data).requireNone() }
        examination.check("data-dir") { _ = try data.tokenKeys(signs: plugins.names.contains(PluginNames.auth)) }
        if plugins.names.contains(PluginNames.keys) { examination.check("data-dir") { _ = try data.rootKeys() } }
        if auditPath != nil { examination.check("data-dir") { _ = try data.auditKey() } }
        if database.database == nil {
            let isCheck = examination.isCheck
            examination.check("data-dir") { try examineDatabase(data.databasePath, isCheck) }
        } else {
            examination.check("database") { _ = try database.address }
        }
        guard links.isEncrypted(listen) else { return }
        var problems: [String] = []
        let names = data.linkFiles(of: plugins.names[0])
        examination.check("link-certificate", "link-key", "link-authority", "data-dir") {
            let identity = try links.identity(for: .linkServer, standard: names, credentials: credentials)
            problems = identity.problems(at: Int(Date().timeIntervalSince1970))
        }
        if examination.isCheck {
            for problem in problems { examination.note(problem, of: ["link-certificate", "link-authority"]) }
        }
    }

    /// Checks that the database is a file. A check of the settings also looks at its beginning and at the rights.
    private func examineDatabase(_ path: String, _ isCheck: Bool) throws(StartError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw StartError("\(path): \(SystemError.phrase())") }
            throw StartError("\(path): no such file; restore a backup of it, or correct the data directory")
        }
        let damaged = StartError("\(path): not a Clavero database, or it is damaged; restore a backup of it")
        guard status.st_mode & S_IFMT == S_IFREG else { throw damaged }
        guard isCheck else { return }
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw StartError("\(path): this user cannot read it; change its owner or its mode")
        }
        defer { try? file.close() }
        guard (try? file.read(upToCount: 16)) == Data("SQLite format 3\0".utf8) else { throw damaged }
        for written in [path, URL(filePath: path).deletingLastPathComponent().path] where access(written, W_OK) != 0 {
            throw StartError("\(written): this user cannot write to it; change its owner or its mode")
        }
    }

    private func examineState(_ examination: inout SettingsExamination) {
        do {
            try SettingsExamination.requireDirectory(stateDirectory, hint: "make it for the daemon's user")
        } catch {
            // Without state-dir it is the data directory, which is examined by itself.
            return stateDir == nil ? () : examination.note("\(error)", of: ["state-dir"])
        }
        if let auditPath, examination.isCheck {
            examination.check("audit-log", "state-dir", "data-dir") {
                try SettingsExamination.requireWritable(file: auditPath, kind: S_IFREG, named: "audit log")
            }
        }
        let isCheck = examination.isCheck
        examination.check("admin-socket", "state-dir", "data-dir") {
            guard case .unix(let path)? = try adminEndpoint, isCheck else { return }
            try SettingsExamination.requireWritable(file: path, kind: S_IFSOCK, named: "socket")
        }
    }

    private func examinePlugins(_ examination: inout SettingsExamination) {
        guard examination.isCheck else { return }
        if let directory = pluginOptions.pluginDir {
            examination.check("plugin-dir") {
                try SettingsExamination.requireDirectory(directory, hint: "make it, or remove the setting")
            }
        }
        for (grant, path) in pluginOptions.programs {
            if let path {
                guard access(path, X_OK) != 0 else { continue }
                examination.note("\(path): \(SystemError.phrase())", of: ["plugin", "plugin-dir"])
            } else {
                examination.note(
                    "\(grant.plugin): no such plugin; name its program with plugin, or its directory with plugin-dir",
                    of: ["plugin-verbs"])
            }
        }
    }
}
