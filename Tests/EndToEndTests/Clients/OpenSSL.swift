import TestKit

/// The program openssl(1).
enum OpenSSL {
    /// Runs `openssl s_client` against a port of this machine. It trusts only the site's certificate.
    static func connect(
        _ site: LiveSite, port: Int, _ options: [String], input: String = ""
    ) async throws -> Tool.Result {
        try await run(
            [
                "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", site.certificate, "-verify_return_error",
                "-verify_hostname", "localhost",
            ] + options, input: input)
    }

    static func run(_ arguments: [String], input: String = "") async throws -> Tool.Result {
        try await Tools.run(try Tools.path("openssl", package: "openssl"), arguments, input: input)
    }
}
