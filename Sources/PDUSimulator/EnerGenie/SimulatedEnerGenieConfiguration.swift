public import Power

/// How a simulated EnerGenie strip is to be set up.
public struct SimulatedEnerGenieConfiguration: Sendable {
    /// The password of both its protocols, ISO 8859-1.
    public var password: String
    /// How its firmware behaves.
    public var firmware: EnerGenieFirmware
    /// What all outlets are at first.
    public var initialState: PowerState
    /// The TCP port of its web interface on 127.0.0.1; a free one when not given.
    public var webPort: Int?
    /// The TCP port of its native protocol on 127.0.0.1; a free one when not given.
    public var nativePort: Int?
    /// After how long without a request a session of the web interface ends by itself; never when not given.
    public var sessionExpiry: Duration?
    /// After how long without a frame a session of the native protocol ends by itself.
    public var nativeExpiry: Duration
    /// What is wrong with it at first.
    public var faults: Faults
    /// Where everything it is told is appended; nowhere when not given.
    public var recordFile: String?

    /// A strip; everything that is not given has the default shown here.
    public init(
        password: String = "1",
        firmware: EnerGenieFirmware = EnerGenieFirmware(),
        initialState: PowerState = .off,
        webPort: Int? = nil,
        nativePort: Int? = nil,
        sessionExpiry: Duration? = nil,
        nativeExpiry: Duration = .seconds(4),
        faults: Faults = Faults(),
        recordFile: String? = nil
    ) {
        self.password = password
        self.firmware = firmware
        self.initialState = initialState
        self.webPort = webPort
        self.nativePort = nativePort
        self.sessionExpiry = sessionExpiry
        self.nativeExpiry = nativeExpiry
        self.faults = faults
        self.recordFile = recordFile
    }
}
