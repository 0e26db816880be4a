import Server

/// The server daemon with the built-in plugins only.
@main
enum Main {
    static func main() { Claverod.main() }
}
