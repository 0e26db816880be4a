import Glibc

/// The handlers of some signals, which are replaced for a time. A signal that is ignored stays ignored, as nohup(1)
/// wants it.
struct SignalHandlers {
    private var previous: [(number: Int32, action: sigaction)] = []

    /// Installs a handler.
    ///
    /// - Parameter restarts: whether a system call that the signal interrupts is continued.
    init(_ numbers: [Int32], restarts: Bool = true, _ handler: @escaping @convention(c) (Int32) -> Void) {
        var wanted = sigaction()
        wanted.__sigaction_handler.sa_handler = handler
        wanted.sa_flags = restarts ? SA_RESTART : 0
        install(wanted, numbers)
    }

    /// Ignores the signals.
    init(ignoring numbers: [Int32]) {
        var wanted = sigaction()
        wanted.__sigaction_handler.sa_handler = SIG_IGN
        install(wanted, numbers)
    }

    private mutating func install(_ wanted: sigaction, _ numbers: [Int32]) {
        var wanted = wanted
        for number in numbers {
            var action = sigaction()
            guard sigaction(number, nil, &action) == 0, !Self.isIgnored(action) else { continue }
            sigaction(number, &wanted, nil)
            previous.append((number, action))
        }
    }

    /// Installs the handlers that were there before.
    func restore() {
        for (number, action) in previous {
            var action = action
            sigaction(number, &action, nil)
        }
    }

    private static func isIgnored(_ action: sigaction) -> Bool {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
