import Server

/// The daemon with the plugins that are part of the program.
@main
enum Main {
    static func main() { Claverod.main() }
}
