/// The reason why a daemon cannot start: one line that names what is in the way.
package struct StartError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
