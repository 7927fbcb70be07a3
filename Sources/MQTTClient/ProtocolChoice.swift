/// Which version of the protocol to speak. The raw values are the words of the configuration file.
public enum ProtocolChoice: String, Sendable, Hashable, CaseIterable {
    /// MQTT 5, and 3.1.1 with a broker that refuses 5.
    case auto
    /// MQTT 5 only.
    case v5 = "5"
    /// MQTT 3.1.1 only. A publish that the broker's access control refuses looks like a success then.
    case v311 = "3.1.1"
}
