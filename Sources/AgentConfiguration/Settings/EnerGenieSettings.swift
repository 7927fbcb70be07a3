/// The keys of `driver: energenie`.
public struct EnerGenieSettings: Sendable, Equatable {
    /// What is spoken with the device.
    public enum Transport: String, Sendable, Hashable, CaseIterable {
        /// Its web interface, port 80.
        case http
        /// The native protocol, port 5000.
        case tcp
    }

    /// How strictly the device's HTTP is read.
    public enum HTTPParsing: String, Sendable, Hashable, CaseIterable {
        /// As the standard says.
        case strict
        /// With the odd line ends that some firmware sends.
        case lenient
    }

    /// How many outlets every strip of the family has: EG-PMS-LAN, EG-PMS2-LAN, EG-PM2-LAN and their WLAN kin.
    public static let outletCount = 4

    /// `protocol`.
    public var transport: Transport
    /// `password`.
    public var password: Secret
    /// `pause`: the least time between two sessions.
    public var pause: Duration
    /// `fallback`: whether the other protocol is tried, on its usual port, when this one gets no answer.
    public var fallsBack: Bool
    /// `http`.
    public var httpParsing: HTTPParsing
}
