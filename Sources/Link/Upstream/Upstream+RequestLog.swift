import Logging
import NIOCore
import Wire

extension Upstream {
    /// `answer`, which is also a line of the log, with what the request is called at both ends.
    func logged(_ request: Request, _ caller: Caller, _ answer: ReturnPath) -> ReturnPath {
        let (start, logger) = (NIODeadline.now(), logger)
        let name = end.machine.nextID(in: caller.lane)?.description ?? ""
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
