import Armor
import Seal

/// The format of an audit log.
///
/// A file of lines, each one JSON object (RFC 8259) in UTF-8 and an LF. The members stand in the order given here and
/// without white space, so that a line has one spelling. In strings, `"` and `\` are escaped by a backslash; C0, DEL, C1
/// and the marks that turn the direction of text are written `\u` and four lower-case hexadecimal digits.
///
/// Every line begins with the same three members:
///
///     {"seq":17,"time":"2026-11-24T14:11:44.123Z","prev":"…",
///
/// - `seq` counts from 1, by one a line, through all files of a log.
/// - `time` is UTC: for a record, when the command was given, so these need not be in order; else when it was written.
/// - `prev` is base64url without padding of the SHA-256 of the line before, all of its octets without its LF; `""` in
///   the first line of a new log. The first line of a later file continues from the last line of the file before.
///
/// What follows tells the five kinds of line apart:
///
///     "server":"keys","who":"alice","from":"192.0.2.1:4711","verb":"ENCRYPT","args":{"name":"bob","message":"64 octets"},
///         "code":250,"enhanced":"2.0.0","us":213,"request":"0badcafe-17-3"}
///
/// A record: a command that was run, here in two lines. `who` is null for a client that was not logged in, `enhanced` for
/// a reply that has none. `us` is how long it took, in microseconds. `request` is what the logs of the proxy and the server
/// call it; it is not there where they call it nothing.
///
///     "checkpoint":"interval","log":"keys","id":"…","key":"…","sig":"…"}
///
/// A checkpoint, signed: `start` of a file or of the server, `interval`, `reopen` (at SIGHUP; the last of a file that was
/// moved away), `stop`. `log` is the server whose log it is, and `id` base64url of 16 random octets, made when the log was
/// begun: both are the same in all checkpoints of a log, in whatever file. Each file begins with a checkpoint. `key` is base64url of the first 8 octets of the SHA-256 of the 32 octets of the public key.
/// `sig` is base64url of the Ed25519 signature (RFC 8032) of `clavero/1 audit checkpoint`, one NUL, and the line up to
/// and without `,"sig":`. It vouches for all lines before it, since each is bound to the next by its hash.
///
///     "lost":3}
///
/// A gap: as many records could not be kept, and would stand here.
///
///     "omitted":1204,"server":"keys","from":"192.0.2.0/24","verb":"PUBKEY","code":250,"since":"2026-11-24T14:11:34.020Z"}
///
/// A sum: as many records of clients without an account got no line of their own, since there were more of them than the
/// bounds of ``AuditLog/StrangerBounds`` allow, or the disk was almost full. They had this network (`others` for networks
/// that were too many to be told apart), command and code, and the first of all that are summed up together came at
/// `since`. Sums are written every ten seconds, at SIGHUP and when the server stops.
///
///     "recovered":"…","octets":512}
///
/// An incomplete line stood here when the server started, as a crash leaves one: base64url of its first 4,096 octets, and
/// how many there were.
///
/// Beside the log, `PATH.head` holds a copy of the last checkpoint's line. It is replaced once the checkpoint is on disk.
///
/// What this proves, to whoever has the public key: a line changed, removed, added or moved breaks the chain or the
/// signature of a checkpoint after it, if one follows; a checkpoint cut off is missed by `PATH.head`. The lines after the
/// last checkpoint are chained but not sealed yet: they can be replaced from any of them on, and the last line's own
/// content is bound by nothing. A log in another's place shows by `log` and `id`. Who can write both files can bring back an earlier state of both, which nothing in them
/// can tell: an auditor who has noted a checkpoint's `seq` and hash asks whether the log still contains it.
enum AuditFormat {
    /// What a checkpoint's signature covers before the line itself.
    static let domain = Array("clavero/1 audit checkpoint\0".utf8)
    /// How much of an incomplete line is kept.
    static let fragmentBound = 4096
    /// The longest line that is read as one, in octets.
    static let lineBound = 1 << 20

    /// What a checkpoint's signature covers.
    static func signed(_ line: some Sequence<UInt8>) -> [UInt8] { domain + line }
}

/// A line of a log: its number, and base64url of its SHA-256.
package struct AuditPoint: Sendable, Hashable {
    package let seq: UInt64
    package let hash: String

    package init(seq: UInt64, hash: String) {
        (self.seq, self.hash) = (seq, hash)
    }

    /// Before the first line of a new log.
    static let origin = AuditPoint(seq: 0, hash: "")

    init(seq: UInt64, line: RawSpan) {
        self.init(seq: seq, hash: Base64URL.encode(SHA256.digest(line)))
    }
}

/// Why a checkpoint was written.
enum CheckpointReason: String, Sendable, CaseIterable {
    case interval, start, stop, reopen
}
