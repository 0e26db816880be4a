import Foundation
import Synchronization

/// A running program: its standard error is read line by line, and it is ended by its id.
package final class Program: Sendable {
    private let process: Process
    private let lines = Mutex<(seen: [String], partial: String)>(([], ""))
    private let (changes, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    package let name: String

    package init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        self.name = name
        process = Process()
        process.executableURL = name.hasPrefix("/") ? URL(filePath: name) : Repository.programs.appending(path: name)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        process.terminationHandler = { [change] _ in change.yield() }
        try process.runWithoutSignalMask()
        read(errors)
    }

    /// Reads on a thread of its own, which the end of the program ends.
    private func read(_ pipe: Pipe) {
        Thread.detachNewThread { [weak self] in
            while true {
                let data = pipe.fileHandleForReading.availableData
                guard !data.isEmpty, let self else { return }
                add(String(decoding: data, as: UTF8.self))
            }
        }
    }

    deinit { signal(SIGKILL) }

    package var pid: Int32 { process.processIdentifier }
    package var log: [String] { lines.withLock { $0.seen } }
    package var isRunning: Bool { process.isRunning }

    package func signal(_ number: Int32) {
        if process.isRunning { kill(pid, number) }
    }

    /// The exit status, once it has ended; negative for a signal.
    package func status() async throws -> Int32 {
        while process.isRunning { try await waitForChange() }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// The first line of the log that `isWanted`.
    package func line(after count: Int = 0, where isWanted: (String) -> Bool) async throws -> String {
        while true {
            if let line = log.dropFirst(count).first(where: isWanted) { return line }
            guard process.isRunning else { throw Mismatch("\(name) ended: \(log.suffix(3))") }
            try await waitForChange()
        }
    }

    /// The port that the log says it listens on.
    package func port() async throws -> Int {
        let line = try await line { $0.contains("\"message\":\"listening\"") }
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

/// Runs a program to its end.
package enum Tool {
    package struct Result: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    package static func run(
        _ path: String, _ arguments: [String], input: String = "", environment: [String: String] = [:],
        in directory: String? = nil
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Swift.Result { try runBlocking(path, arguments, input, environment, directory) })
            }
        }
    }

    private static func runBlocking(
        _ path: String, _ arguments: [String], _ input: String, _ environment: [String: String], _ directory: String?
    ) throws -> Result {
        let folder = try TemporaryDirectory()
        let files = ["input", "output", "errors"].map { "\(folder.path)/\($0)" }
        try input.write(toFile: files[0], atomically: false, encoding: .utf8)
        for file in files[1...] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        if let directory { process.currentDirectoryURL = URL(filePath: directory) }
        process.standardInput = FileHandle(forReadingAtPath: files[0])
        process.standardOutput = FileHandle(forWritingAtPath: files[1])
        process.standardError = FileHandle(forWritingAtPath: files[2])
        try process.runWithoutSignalMask()
        process.waitUntilExit()
        let read = { (file: String) in String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self) }
        return Result(status: process.terminationStatus, output: try read(files[1]), errors: try read(files[2]))
    }
}

extension Process {
    /// Starts the program with every signal let through, as a shell does: it inherits the mask of the thread that
    /// starts it, and dispatch's threads block almost all.
    fileprivate func runWithoutSignalMask() throws {
        var none = sigset_t()
        var mask = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &mask)
        defer { pthread_sigmask(SIG_SETMASK, &mask, nil) }
        try run()
    }
}
