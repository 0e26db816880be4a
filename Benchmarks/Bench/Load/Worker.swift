import Glibc
import POSIX
import Synchronization

/// A thread that runs one function. Its owner waits for the result.
final class Worker<Success: Sendable>: Sendable {
    private let outcome = Mutex<Result<Success, any Error>?>(nil)
    private let thread = Mutex<pthread_t?>(nil)

    init(_ body: @escaping @Sendable () throws -> Success) {
        let work = Work { self.run(body) }
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(work).toOpaque()
        let result = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, argument)
        guard result == 0 else { fatalError("no thread: \(SystemError.text(result))") }
        self.thread.withLock { $0 = thread }
    }

    private func run(_ body: () throws -> Success) {
        let result = Result { try body() }
        outcome.withLock { $0 = result }
    }

    /// Waits until the thread ends, and returns its result. This may be called once.
    func join() throws -> Success {
        if let thread = thread.withLock({ $0.take() }) { pthread_join(thread, nil) }
        return try outcome.withLock { $0! }.get()
    }
}

private final class Work {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
}
