@preconcurrency import CReadline

/// The position of the cursor on the line that is being typed.
struct CursorPosition {
    /// The number of columns from the beginning of the prompt, as on a terminal of infinite width.
    let columns: Int

    static var current: CursorPosition {
        let prompt = rl_display_prompt.map { String(cString: $0) } ?? ""
        let before = LineEditor.typed.prefix(Int(rl_point))
        let text = String(decoding: before, as: UTF8.self)
        return CursorPosition(columns: DisplayWidth.of(prompt) + DisplayWidth.of(text))
    }

    /// The column on a terminal of `columns` columns, from 0.
    func column(in columns: Int) -> Int { self.columns % columns }
    /// The row below the prompt's first row on a terminal of `columns` columns, from 0.
    func row(in columns: Int) -> Int { self.columns / columns }
}
