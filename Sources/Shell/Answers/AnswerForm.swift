import ArgumentParser

/// The form in which a sealed message is printed.
enum AnswerForm: String, EnumerableFlag {
    /// The binary form, as bytes.
    case binary
    /// The text form, on one line.
    case armor
}
