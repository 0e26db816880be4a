import Foundation
import POSIX
import Synchronization

/// A running program. Its standard error is read line by line, and it is ended by its process id.
package final class Program: Sendable {
    private let child: Child
    private let lines = Mutex<(seen: [String], partial: String)>(([], ""))
    private let isLogRead = Atomic(true)
    private let (changes, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    package let name: String

    package init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        self.name = URL(filePath: name).lastPathComponent
        let path = name.hasPrefix("/") ? name : Repository.programs.appending(path: name).path
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        let errors = Child.pipe()
        child = try Child(
            path, arguments, environment: environment, input: nothing, output: nothing, errors: errors.write)
        close(nothing)
        close(errors.write)
        read(errors.read)
        Thread.detachNewThread { [child, change] in
            _ = child.wait()
            change.yield()
        }
    }

    /// Reads the log on a thread of its own, until the program ends.
    private func read(_ descriptor: Int32) {
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        Thread.detachNewThread { [weak self] in
            while true {
                let data = handle.availableData
                guard !data.isEmpty, let self, isLogRead.load(ordering: .relaxed) else { return }
                add(String(decoding: data, as: UTF8.self))
            }
        }
    }

    deinit { child.signal(SIGKILL) }

    package var pid: Int32 { child.pid }
    package var log: [String] { lines.withLock { $0.seen } }
    package var isRunning: Bool { child.status == nil }

    package func signal(_ number: Int32) { child.signal(number) }

    /// Stops reading the log. The pipe is closed after the program's next write to it.
    package func closeLog() { isLogRead.store(false, ordering: .relaxed) }

    /// Waits until the program has ended. Returns the exit status, or the signal as a negative number.
    package func status() async throws -> Int32 {
        while true {
            if let status = child.status { return status }
            try await waitForChange()
        }
    }

    /// Waits for the first line of the log, after the first `count` lines, for which `isWanted` returns true.
    ///
    /// - Throws: A `Mismatch` if the program ends, or if no such line comes within two minutes.
    package func line(after count: Int = 0, where isWanted: (String) -> Bool) async throws -> String {
        let deadline = Task { [change] in
            try await Task.sleep(for: .seconds(120))
            change.yield()
        }
        defer { deadline.cancel() }
        let start = ContinuousClock.now
        while true {
            if let line = log.dropFirst(count).first(where: isWanted) { return line }
            guard isRunning else { throw Mismatch("\(name) ended: \(log.suffix(3))") }
            guard start.duration(to: .now) < .seconds(120) else {
                throw Mismatch("\(name) has not written the line: \(log.suffix(3))")
            }
            try await waitForChange()
        }
    }

    /// Waits for the first line of the log with this message for which `isWanted` returns true. Returns the port in
    /// its address.
    package func port(
        _ message: String = "listening", where isWanted: (String) -> Bool = { _ in true }
    ) async throws -> Int {
        let line = try await line { $0.contains("\"message\":\"\(message)\"") && isWanted($0) }
        let address = line.components(separatedBy: "\"address\":\"")[1].prefix { $0 != "\"" }
        return Int(address.split(separator: ":").last!)!
    }

    private func add(_ text: String) {
        lines.withLock { lines in
            var parts = (lines.partial + text).components(separatedBy: "\n")
            lines.partial = parts.removeLast()
            lines.seen += parts
        }
        change.yield()
    }

    private func waitForChange() async throws {
        for await _ in changes { return }
        throw CancellationError()
    }
}

/// Runs a program and waits until it ends.
package enum Tool {
    package struct Result: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    package static func run(
        _ path: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Swift.Result { try runBlocking(path, arguments, input, environment) })
            }
        }
    }

    /// Runs a program on the caller's thread, and waits until it ends.
    package static func runBlocking(
        _ path: String, _ arguments: [String], _ input: String = "", _ environment: [String: String] = [:]
    ) throws -> Result {
        let folder = try TemporaryDirectory()
        let files = ["input", "output", "errors"].map { "\(folder.path)/\($0)" }
        try input.write(toFile: files[0], atomically: false, encoding: .utf8)
        for file in files[1...] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        let descriptors = [
            open(files[0], O_RDONLY | O_CLOEXEC), open(files[1], O_WRONLY | O_CLOEXEC),
            open(files[2], O_WRONLY | O_CLOEXEC),
        ]
        defer { for descriptor in descriptors { close(descriptor) } }
        let child = try Child(
            path, arguments, environment: environment, input: descriptors[0], output: descriptors[1],
            errors: descriptors[2])
        let status = child.wait()
        let read = { (file: String) in String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self) }
        return Result(status: status, output: try read(files[1]), errors: try read(files[2]))
    }
}
