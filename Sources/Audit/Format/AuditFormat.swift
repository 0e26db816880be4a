/// The format of an audit log.
///
/// A log is a file of lines. Each line is a JSON object (RFC 8259) in UTF-8, and an LF. Its members come in the order
/// given here and without white space, so each line has only one spelling. In strings, `"` and `\` are escaped by a
/// backslash. C0, DEL, C1, and characters that change the direction of text are written as `\u` and four lower-case
/// hexadecimal digits.
///
/// Every line begins with the same three members:
///
///     {"seq":17,"time":"2026-11-24T14:11:44.123Z","prev":"…",
///
/// - `seq` counts the lines from 1, through all files of a log.
/// - `time` is in UTC. In a record, it is the time at which the command was given, so these times need not be in order.
///   In other lines, it is the time of writing.
/// - `prev` is the SHA-256 of the line before, without its LF, in base64url without padding. In the first line of a new
///   log it is `""`. The first line of a later file continues from the last line of the file before.
///
/// The remaining members tell the five kinds of line apart:
///
///     "server":"keys","who":"alice","from":"192.0.2.1:4711","verb":"ENCRYPT","args":{"name":"bob","message":"64 bytes"},
///         "code":250,"enhanced":"2.0.0","us":213,"request":"0badcafe-17-3"}
///
/// A record of a command that was run, shown here in two lines. `who` is null for a client that was not logged in, and
/// `enhanced` for a reply without an enhanced code. `us` is the time that the command took, in microseconds. `request`
/// is the request's name in the logs of the proxy and the server, and is left out if it has none.
///
///     "checkpoint":"interval","log":"keys","id":"…","key":"…","sig":"…"}
///
/// A signed checkpoint. The reasons are `start` of a file or of the server, `interval`, `reopen` (at SIGHUP; the last
/// line of a file that was moved away), and `stop`. `log` is the server that writes the log. `id` is base64url of 16
/// random bytes that were drawn when the log was begun. Both are the same in all checkpoints of a log, in all of its
/// files. Each file begins with a checkpoint. `key` is base64url of the first 8 bytes of the SHA-256 of the 32 bytes of
/// the public key. `sig` is base64url of the Ed25519 signature (RFC 8032) of `clavero/1 audit checkpoint`, one NUL, and
/// the line up to, but not including, `,"sig":`. It covers all lines before it, because each is bound to the next by
/// its hash.
///
///     "lost":3}
///
/// A gap: this many records could not be kept at this place.
///
///     "omitted":1204,"server":"keys","from":"192.0.2.0/24","verb":"PUBKEY","code":250,"since":"2026-11-24T14:11:34.020Z"}
///
/// A sum: this many records of clients without an account got no line of their own, because they exceeded the
/// ``UnauthenticatedRateLimits`` or because the disk was almost full. They have this network, command, and code in common. The
/// network is `others` for networks that were too many to be counted one by one. `since` is the time of the first
/// record in all sums that are written together. Sums are written every ten seconds, at SIGHUP, and when the server
/// stops.
///
///     "recovered":"…","bytes":512}
///
/// An incomplete line was here when the server started, as a crash leaves one. The members hold base64url of its first
/// 4,096 bytes, and its length.
///
/// Beside the log, `PATH.head` holds a copy of the last checkpoint's line. It is replaced when the checkpoint is on
/// disk.
///
/// The holder of the public key can prove the following. A line that was changed, removed, added, or moved breaks the
/// chain or the signature of a later checkpoint, if there is one. A checkpoint that was cut off is missing from the log
/// and still in `PATH.head`. A log in another log's place shows by `log` and `id`.
///
/// The lines after the last checkpoint are chained but not signed. Someone who can write the file can replace all lines
/// from one of them on, and can change the last line. Someone who can write both files can bring back an earlier state
/// of both, which no content of theirs shows. An auditor who has noted the `seq` and the hash of a checkpoint can check
/// whether the log still contains it.
enum AuditFormat {
    /// The bytes that a checkpoint's signature covers before its line.
    static let domain = Array("clavero/1 audit checkpoint\0".utf8)
    /// The bytes of an incomplete line that are kept.
    static let fragmentBound = 4096
    /// The most bytes of a line that is read.
    static let lineBound = 1 << 20

    /// Returns the bytes that a checkpoint's signature covers.
    static func signed(_ line: some Sequence<UInt8>) -> [UInt8] { domain + line }
}
