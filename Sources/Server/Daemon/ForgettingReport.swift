import Commands
import Link
import Logging
import Store

extension Logger {
    /// Logs what was done about accounts that the operator told to forget later.
    func forgetting(_ event: DelayedForgetting.Event) {
        switch event {
        case .clockWasSet:
            warning("the clock was set, so no account is forgotten by FORGET AFTER= for an hour")
        case .forgotten(let name, let outcome):
            info(
                "an account was forgotten, because its time had come",
                metadata: ["account": "\(name)", "outcome": "\(outcome)"])
        case .failed(let error):
            logRateLimited(.error, "accounts whose time has come cannot be forgotten", reason: "\(error)", [:])
        }
    }
}
