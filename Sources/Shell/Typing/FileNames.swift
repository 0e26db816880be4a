import Glibc

/// Names of files, for completion.
enum FileNames {
    /// The paths that begin with `path`, in order, those of directories with a slash at their end. Hidden ones only where
    /// they are asked for.
    static func beginning(with path: String) -> [String] {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? ""
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let place = Environment.path(folder.isEmpty ? "." : folder)
        guard let directory = opendir(place) else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let entryName = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard entryName.hasPrefix(name), !entryName.hasPrefix(".") || name.hasPrefix(".") else { continue }
            guard entryName != ".", entryName != ".." else { continue }
            found.append(folder + entryName + (isDirectory("\(place)/\(entryName)") ? "/" : ""))
        }
        return found.sorted()
    }

    private static func isDirectory(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }
}
