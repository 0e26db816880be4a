import Server

/// claverod with the plugin tally beside its own: `tallyd --plugins tally …`
@main
enum Main {
    static func main() {
        Claverod.main(adding: [PluginKind("tally") { context in [try Tally(in: context.directory)] }])
    }
}
