import CEcho
import Glibc
import POSIX

/// A C program's way to carry bodies, on a thread of this program: it writes back every byte that it reads.
final class Echo: Sendable {
    let port: UInt16
    private let listener: Int32
    private let worker: Worker<Int32>
    private let stop = UnsafeStop()

    /// Starts the echo.
    ///
    /// - Parameter processor: The only processor that its thread may use; nil for all.
    init(processor: Int?) throws(LoadError) {
        (listener, port) = try Socket.listen()
        worker = Worker { [listener, stop] in
            if let processor { Processors.restrict(to: processor) }
            return clavero_echo(listener, stop.flag)
        }
    }

    /// Ends the thread.
    ///
    /// - Throws: `LoadError` with the reason if the thread failed.
    func end() throws {
        stop.flag.pointee = 1
        let failure = try worker.join()
        close(listener)
        guard failure == 0 else { throw LoadError("echo: \(SystemError.text(failure))") }
    }

    /// The flag that ends the thread. It is written once.
    private final class UnsafeStop: @unchecked Sendable {
        let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

        init() { flag.initialize(to: 0) }

        deinit { flag.deallocate() }
    }
}
