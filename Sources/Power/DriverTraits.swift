/// How a device has to be treated, and what it can do beyond switching one outlet.
public struct DriverTraits: Sendable, Equatable {
    /// The name of the driver, as in the configuration (`energenie`, `snmp`).
    public var driver: String
    /// The model, where it is known before the device is asked.
    public var model: String?
    /// How long a device may go on answering an old state after it accepted a switch.
    ///
    /// APC answers old values for 1.5 to 2.5 s after a SET. A reading that disagrees is believed only after this time.
    public var settleWindow: Duration
    /// How long to wait between two read-backs within the settle window.
    public var settleInterval: Duration
    /// Whether one `PDUSession.set` may name several outlets that the device then switches in one request.
    public var switchesTogether: Bool
    /// Whether `PDUSession.cycle` works: the device can switch an outlet off and on again by itself.
    public var cyclesByItself: Bool

    /// Traits; the defaults are those of a device that shows a new state as soon as it has accepted it.
    public init(
        driver: String,
        model: String? = nil,
        settleWindow: Duration = .seconds(2),
        settleInterval: Duration = .milliseconds(100),
        switchesTogether: Bool = false,
        cyclesByItself: Bool = false
    ) {
        self.driver = driver
        self.model = model
        self.settleWindow = settleWindow
        self.settleInterval = settleInterval
        self.switchesTogether = switchesTogether
        self.cyclesByItself = cyclesByItself
    }
}
