/// The type in which a value is written to a device. Some agents refuse a right value of another type.
public enum WireType: String, Sendable, Hashable, CaseIterable {
    /// INTEGER and Integer32, -2147483648 to 2147483647.
    case integer
    /// Gauge32 and Unsigned32, 0 to 4294967295.
    case unsigned
    /// OCTET STRING.
    case octets
}
