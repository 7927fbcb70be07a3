/// The words of `driver`.
enum DriverKind: String, Sendable, CaseIterable {
    case energenie, snmp, command, http
}
