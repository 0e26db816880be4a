/// The reason why a daemon cannot start. It is one line that names the cause.
package struct StartError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
