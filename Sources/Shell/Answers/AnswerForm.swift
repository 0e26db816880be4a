import ArgumentParser

/// The form in which a sealed message is printed.
enum AnswerForm: String, EnumerableFlag {
    /// As bytes, in the binary form.
    case binary
    /// As one line of text.
    case armor
}
