/// The figures, in the order of the table.
enum AllFigures {
    static let list: [any Figure] = [
        NoopOverRedis(number: 1, inFlight: 64, least: 1.5),
        NoopOverRedis(number: 2, inFlight: 1, least: 1.0),
    ]
}
