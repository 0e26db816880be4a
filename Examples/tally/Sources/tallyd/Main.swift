import Server

/// A claverod that also has the plugin tally: `tallyd --plugins tally …`
@main
enum Main {
    static func main() {
        Claverod.main(adding: [PluginKind("tally") { context in [try Tally(in: context.directory)] }])
    }
}
