import Logging
import NIOCore
import Wire

/// The lines of the log for the requests of a link. They are written at the level debug.
struct RequestLog {
    private let logger: Logger

    /// Nil where that level is not logged.
    init?(_ logger: Logger) {
        guard logger.logLevel <= .debug else { return nil }
        self.logger = logger
    }

    /// Returns a path that logs the answer and passes it on to `answer`.
    ///
    /// `id`: the request's name, which the logs of both ends of the link have.
    func logging(_ request: Request, id: RequestID?, _ answer: ReturnPath) -> ReturnPath {
        let (start, logger, name) = (NIODeadline.now(), logger, id?.description ?? "")
        return ReturnPath { result in
            logger.debug(
                "request",
                metadata: [
                    "request": "\(name)", "verb": "\(request.spec.name)", "code": "\(result.code)",
                    "microseconds": "\((NIODeadline.now() - start).nanoseconds / 1000)",
                ])
            answer(result)
        }
    }
}
