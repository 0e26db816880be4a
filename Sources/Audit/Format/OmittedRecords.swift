/// The common fields of records that are summed up. Records with equal fields are counted together.
struct OmittedRecords: Sendable, Hashable {
    let server: String
    /// The network of the clients; `others` for networks that were too many to be counted one by one.
    let from: String
    let verb: String
    let code: Int

    static let others = "others"
}

extension OmittedRecords {
    /// Writes the members of a sum of `count` records, without the three with which each line begins.
    func put(count: Int, since: Int64, to text: inout JSONWriter) {
        text.put("\"omitted\":")
        text.put(json: count)
        text.put(",\"server\":")
        text.put(json: server)
        text.put(",\"from\":")
        text.put(json: from)
        text.put(",\"verb\":")
        text.put(json: verb)
        text.put(",\"code\":")
        text.put(json: code)
        text.put(",\"since\":\"")
        AuditTime.put(since, to: &text)
        text.put("\"")
    }
}
