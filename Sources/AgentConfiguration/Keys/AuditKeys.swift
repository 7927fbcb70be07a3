/// `audit`.
enum AuditKeys {
    static let maximumAge = Key(
        "max_age",
        Form<Duration>.duration(.seconds(3600)...(.seconds(86400 * 3650)), days: true),
        .value(.seconds(86400 * 90)),
        example: "90d",
        "How long an entry of the audit trail is kept."
    )
    static let maximumSize = Key(
        "max_size",
        Form<Int>.size((1 << 20)...(64 << 30)),
        .value(64 << 20),
        example: "64MiB",
        "How large the audit trail may grow; the oldest entries go first."
    )

    static let table = KeyTable("audit", [maximumAge.entry, maximumSize.entry])

    static func read(_ section: Section) -> AuditSettings? {
        let age = section[maximumAge]
        let size = section[maximumSize]
        guard let age, let size else { return nil }
        return AuditSettings(maximumAge: age, maximumSize: size)
    }
}
