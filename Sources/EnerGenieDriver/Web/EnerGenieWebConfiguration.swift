/// What has to be known to switch a device through its web interface.
public struct EnerGenieWebConfiguration: Sendable, Equatable {
    /// Where the web server listens.
    public var endpoint: EnerGenieEndpoint
    /// The password of the web interface; the devices are sold with `1`.
    public var password: EnerGeniePassword
    /// How HTTP is spoken.
    public var http: EnerGenieHTTPMode
    /// The time from one request to the next, within a session and between sessions; zero or more.
    ///
    /// Most firmware needs none. Some EG-PM2-LAN hang without 5 s.
    public var pause: Duration
    /// Whether one request may switch several outlets.
    ///
    /// The form has a field for each outlet, but no client is known that fills in more than one at a time, so this has
    /// to be tried with the device at hand first.
    public var switchesTogether: Bool
    /// How long the device may take.
    public var limits: EnerGenieTimeLimits

    /// A configuration; the defaults suit all models.
    public init(
        endpoint: EnerGenieEndpoint,
        password: EnerGeniePassword,
        http: EnerGenieHTTPMode = .lenient,
        pause: Duration = .zero,
        switchesTogether: Bool = false,
        limits: EnerGenieTimeLimits = EnerGenieTimeLimits()
    ) {
        self.endpoint = endpoint
        self.password = password
        self.http = http
        self.pause = pause
        self.switchesTogether = switchesTogether
        self.limits = limits
    }
}

/// How HTTP is spoken with a device.
public enum EnerGenieHTTPMode: String, Sendable, CaseIterable {
    /// Answers are read as leniently as by the browsers that the firmware was made for, but nothing in them is guessed.
    case lenient
    /// Answers that bend the standard are errors.
    case strict
}
