import Wire

/// The number of secrets for which a server may ask during a request.
enum SecretCount {
    /// For a command that the client does not know.
    static let unknown = 1
    /// For AUTH, whose mechanism LOGIN asks for the name and for the password.
    fileprivate static let ofExchange = 2
}

extension CommandSpec {
    /// The most secrets for which a server may ask during this command.
    var mostSecrets: Int {
        if verb == "AUTH" { return SecretCount.ofExchange }
        return forms.map { form in form.count { $0.type == .secret } }.max() ?? 0
    }
}
