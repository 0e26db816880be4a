import Foundation

/// The text about certificates for the operator.
enum CertificateText {
    /// Returns the day of a time in Unix seconds, such as 2036-11-27.
    static func day(_ time: Int) -> String {
        Date(timeIntervalSince1970: TimeInterval(time)).ISO8601Format(.iso8601.year().month().day())
    }
}
