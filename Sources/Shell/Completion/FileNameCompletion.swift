import Glibc

/// The completion of file names.
enum FileNameCompletion {
    /// Returns the paths that begin with `path`, in order. Directories end in a slash. Hidden files are included only
    /// if the name in `path` begins with a dot.
    static func paths(beginningWith path: String) -> [String] {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? ""
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let directoryPath = Environment.expandedPath(folder.isEmpty ? "." : folder)
        guard let directory = opendir(directoryPath) else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let entryName = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard entryName.hasPrefix(name), !entryName.hasPrefix(".") || name.hasPrefix(".") else { continue }
            guard entryName != ".", entryName != ".." else { continue }
            found.append(folder + entryName + (isDirectory("\(directoryPath)/\(entryName)") ? "/" : ""))
        }
        return found.sorted()
    }

    private static func isDirectory(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }
}
