import COpenSSL

/// Runs `body`, which leaves secrets on its stack, and wipes what it used of the stack, whichever way it ends.
package func wipingStack<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    defer { clavero_wipe_stack() }
    return try body()
}
