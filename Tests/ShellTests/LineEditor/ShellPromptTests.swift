import Testing
import Wire

@testable import Shell

@Suite("The prompt of the shell")
struct ShellPromptTests {
    @Test("The prompt shows the account, the server and the state of the connection")
    func text() {
        let text = { (account: AccountName?, isConnected: Bool, isPrivate: Bool) in
            ShellPrompt.text(account: account, server: "gate", isConnected: isConnected, isPrivate: isPrivate)
        }
        #expect(text(AccountName("alice"), true, true) == "alice@gate> ")
        #expect(text(AccountName("alice"), true, false) == "alice@gate [in clear]> ")
        #expect(text(nil, true, true) == "gate> ")
        #expect(text(nil, false, true) == "gate [not connected]> ")
    }
}
