/// The keys of `driver: snmp`.
enum SNMPKeys {
    static let table = KeyTable(
        "driver: snmp",
        [NetworkKeys.host.entry, NetworkKeys.snmpPort.entry] + SNMPObjectKeys.entries + SNMPAccessKeys.entries
    )

    static func read(_ section: Section) -> SNMPSettings? {
        let objects = SNMPObjectKeys.read(section)
        let access = SNMPAccessKeys.read(section)
        guard let objects, let access else { return nil }
        return SNMPSettings(objects: objects, access: access)
    }
}
