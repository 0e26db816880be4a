/// The content of a line after its first three members, except for a checkpoint.
enum AuditLineContent {
    /// `text`: the bytes that ``AuditRecord/put(to:)`` wrote.
    case record(time: Int64, text: ArraySlice<UInt8>)
    case lost(Int)
    case omitted(OmittedRecords, count: Int, since: Int64)
    case recovered(fragment: [UInt8], count: Int)
}
