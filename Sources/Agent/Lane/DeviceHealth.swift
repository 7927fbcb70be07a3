import Power

/// Whether a device answers, and when to try again if it does not.
struct DeviceHealth: Equatable {
    enum Condition: Equatable {
        /// Not asked yet.
        case unknown
        /// Answered when it was last asked.
        case online
        /// Failed when it was asked, and again.
        case offline(since: Moment, reason: DriverError)
    }

    /// The wait after the first failure.
    static let firstRetry = Duration.seconds(1)
    /// The longest wait between two tries of a device that does not answer.
    static let longestRetry = Duration.seconds(30)
    /// The least wait after refused credentials, so that a device that counts them does not lock the account.
    static let credentialRetry = Duration.seconds(30)
    /// How soon a command may bring the next try forward.
    static let eagerRetry = Duration.seconds(1)

    private(set) var condition = Condition.unknown
    private(set) var failures = 0
    private(set) var lastTry = Moment.start
    /// Why the device could not be asked when it was last tried; nothing when it answered.
    private(set) var lastError: DriverError?

    var isOffline: Bool {
        if case .offline = condition { true } else { false }
    }

    /// The device answered.
    mutating func answered(at now: Moment) {
        condition = .online
        failures = 0
        lastTry = now
        lastError = nil
    }

    /// The device could not be read.
    ///
    /// A device that was well gets a second chance before it is called offline; one that never answered does not.
    ///
    /// - Parameters:
    ///   - took: how long ago it was asked.
    ///   - random: from 0 to 1, spreads the retries of devices that died together.
    /// - Returns: when to try again.
    mutating func failed(_ error: DriverError, took: Duration = .zero, at now: Moment, random: Double) -> Moment {
        failures = min(failures + 1, 1000)
        lastTry = Moment(nanoseconds: now.nanoseconds - took.wholeNanoseconds)
        lastError = error
        switch condition {
        case .online where failures < 2: break
        case .online, .unknown: condition = .offline(since: now, reason: error)
        case .offline(let since, _): condition = .offline(since: since, reason: error)
        }
        let doubled = Self.firstRetry * (1 << min(failures - 1, 10))
        // A device that counts refused logins is not asked before its time, so the spread only makes that wait longer.
        if error.code == .authentication { return now + Self.credentialRetry * (1 + 0.5 * random) }
        return now + min(doubled, Self.longestRetry) * (0.75 + 0.5 * random)
    }

    /// When the device may be asked again because somebody waits for it: at once when it answered last, else one try a
    /// second, and after refused credentials only when that cannot lock the account.
    func nextTry(at now: Moment) -> Moment {
        guard lastError != nil else { return now }
        return max(now, lastTry + Self.eagerRetry, credentialPause(at: now))
    }

    /// Whether the device may be asked now.
    func mayTry(at now: Moment) -> Bool { credentialPause(at: now) <= now }

    /// When the device may be asked again after it refused the credentials; `now` when it did not.
    func credentialPause(at now: Moment) -> Moment {
        guard lastError?.code == .authentication else { return now }
        return max(now, lastTry + Self.credentialRetry)
    }
}
