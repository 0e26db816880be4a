import ArgumentParser
import Link

extension Endpoint: ExpressibleByArgument {
    package init?(argument: String) {
        self.init(argument)
    }
}
