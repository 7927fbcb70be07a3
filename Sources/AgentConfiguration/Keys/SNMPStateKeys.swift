/// `state` of a PDU with `oid`.
enum SNMPStateKeys {
    static let oid = Key(
        "oid",
        Form<NumericOID>.oid,
        .required,
        example: "1.3.6.1.4.1.13742.6.4.1.2.1.3.1",
        "The object that is read. The outlet's number is appended."
    )
    static let on = Key(
        "on",
        Form<[SNMPValue]>.oneOrMore(.snmpValue),
        .required,
        example: "7",
        "The value, or the values, that mean on."
    )
    static let off = Key(
        "off",
        Form<[SNMPValue]>.oneOrMore(.snmpValue),
        .required,
        example: "[8, 9]",
        "The value, or the values, that mean off. Every other value is neither."
    )

    static let table = KeyTable("pdus[].state", [oid.entry, on.entry, off.entry])

    static func read(_ section: Section) -> BareSNMPObjects.State? {
        let oid = section[oid]
        let on = section[on]
        let off = section[off]
        guard let oid, let on, let off else { return nil }
        if let both = off.first(where: on.contains) {
            section.report(Self.off.name, "\(both.description.quoted) is in on too")
        }
        return BareSNMPObjects.State(oid: oid, on: on, off: off)
    }
}
