/// The driver of a PDU and the keys that belong to it.
public enum DriverSettings: Sendable, Equatable {
    /// `driver: energenie`.
    case energenie(EnerGenieSettings)
    /// `driver: snmp`.
    case snmp(SNMPSettings)
    /// `driver: command`.
    case command(CommandSettings)
    /// `driver: http`.
    case http(HTTPSettings)
}
