import Link
import Testing

@Suite("The validity of certificates")
struct CertificateValidityTests {
    private static let day = 86_400

    @Test("A certificate that is not valid now, or for another 30 days, is reported with its consequence and the mend")
    func warnings() {
        let renew = "renew it where it was issued, or with claverod certificate"
        for (use, begin, end, isValid, text) in [
            (.sessions, -1, 31, nil, ""),
            (.sessions, -1, 30, true, "expires at 1970-01-31T00:00:00Z; \(renew)"),
            (.sessions, -1, 0, true, "expires at 1970-01-01T00:00:00Z; \(renew)"),
            (
                .sessions, -2, -1, false,
                "has expired, at 1969-12-31T00:00:00Z; clients that check it refuse to connect; \(renew)"
            ),
            (
                .links, -2, -1, false,
                "has expired, at 1969-12-31T00:00:00Z; the other daemons refuse new links with this one; \(renew)"
            ),
            (.authority, -2, -1, false, "has expired, at 1969-12-31T00:00:00Z; new links are refused; \(renew)"),
            (
                .links, 1, 99, false,
                "is not valid before 1970-01-02T00:00:00Z; the other daemons refuse new links with this one; "
                    + "check the clock of this machine"
            ),
        ] as [(CertificateValidity.Use, Int, Int, Bool?, String)] {
            let validity = CertificateValidity(path: "/c.crt", use: use, begin: begin * Self.day, end: end * Self.day)
            let warning = validity.warning(at: 0)
            #expect(warning?.isValid == isValid, "\(begin) \(end)")
            #expect(warning?.text == (isValid == nil ? nil : "/c.crt: a certificate \(text)"))
        }
    }
}
