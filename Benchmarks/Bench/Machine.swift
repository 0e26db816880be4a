import Glibc

/// The facts about the machine and the programs of a run.
enum Machine {
    /// Returns the names of the facts and their values, in the order in which they are shown.
    static func facts(_ conditions: Conditions) -> [(String, String)] {
        [
            ("date", date()),
            ("kernel", kernel()),
            ("processor", processor()),
            ("peers", peers(conditions)),
            ("rounds", "\(conditions.rounds) of \(Numbers.fixed(conditions.seconds, digits: 1)) s each, in turn"),
            ("placement", placement(conditions)),
        ]
    }

    private static func placement(_ conditions: Conditions) -> String {
        conditions.isPinned
            ? "servers on processor 0, load generator on processor 1" : "wherever the kernel puts it"
    }

    private static func date() -> String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, text.count, "%Y-%m-%d %H:%M UTC", &parts)
        return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    private static func kernel() -> String {
        let name = try? TextFile.read("/proc/sys/kernel/ostype")
        let release = try? TextFile.read("/proc/sys/kernel/osrelease")
        return [name, release].compactMap { $0?.split(separator: "\n").first }.joined(separator: " ")
    }

    private static func processor() -> String {
        let lines = ((try? TextFile.read("/proc/cpuinfo")) ?? "").split(separator: "\n")
        let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ": ", maxSplits: 1).last
        return "\(model.map(String.init) ?? "unknown"), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores"
    }

    private static func peers(_ conditions: Conditions) -> String {
        let questions = [
            ("Redis", Tool.find("redis-server"), ["--version"]), ("HAProxy", Tool.find("haproxy"), ["-v"]),
            ("OpenBao", OpenBao.program(conditions), ["version"]), ("OpenSSL", Tool.find("openssl"), ["version"]),
            ("SQLite", Tool.find("sqlite3"), ["--version"]),
        ]
        return questions.map { name, path, arguments in
            guard let path, let answer = try? Tool.run(path, arguments).firstLine else { return "\(name): none" }
            return "\(name) \(version(in: answer) ?? "unknown")"
        }.joined(separator: ", ")
    }

    /// Returns the first word that looks like a version, such as 7.0.15 in "Redis server v=7.0.15 sha=0".
    static func version(in text: String) -> String? {
        for word in text.split(whereSeparator: { " =\t".contains($0) }) {
            let bare = word.drop { $0 == "v" }
            if let first = bare.first, first.isNumber, bare.contains(".") { return String(bare) }
        }
        return nil
    }
}
