/// Bytes that are wiped when the last reference is released. They have an allocation of their own, which is never
/// copied or resized.
///
/// Nothing prints them: neither a description, nor a debugger, nor a mirror. Comparing them takes the same time for
/// all contents of the same length. The length is not secret.
package final class SecretBytes: Sendable {
    private nonisolated(unsafe) let storage: UnsafeMutableRawBufferPointer

    /// Allocates `count` bytes, and lets `fill` write them. If `fill` throws, the written bytes are wiped.
    package init<Failure: Error>(
        count: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        storage = .allocate(byteCount: count, alignment: 16)
        // If `fill` throws here, deinit runs, because all properties are initialised.
        try fill(storage)
    }

    deinit {
        wipe(storage)
        storage.deallocate()
    }

    /// Copies `bytes`. The caller's own bytes stay as they are.
    package convenience init(copying bytes: RawSpan) {
        self.init(count: bytes.byteCount) { buffer in bytes.withUnsafeBytes { buffer.copyMemory(from: $0) } }
    }

    /// Copies `array`. The caller's own array stays as it is.
    package convenience init(_ array: [UInt8]) {
        self.init(copying: array.span.bytes)
    }

    package var count: Int { storage.count }

    /// Lends the bytes to `body`, which must not keep the pointer.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(storage))
    }

    /// Lends the bytes to `body` as a span.
    package func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(storage)))
    }
}

extension SecretBytes: Equatable {
    package static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        guard left.count == right.count else { return false }
        // Every byte is read, and no branch depends on any of them.
        return zip(left.storage, right.storage).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "SecretBytes(\(count) bytes)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
