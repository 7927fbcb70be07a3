/// Leave to send one write to a device that several agents share.
///
/// An agent of a fleet gets one from the transaction by which it shows that it still owns the device. Drivers look at the
/// permit of the task right before each datagram or request of a write leaves, so what waited for too long (for a name, for a
/// connection, in a frozen process) does not leave at all. A device of a single agent needs none.
public struct WritePermit: Sendable {
    /// The permit of the write that this task makes; nothing where the device is not shared.
    @TaskLocal public static var current: WritePermit?

    /// From when on nothing of the write may leave, on a clock that goes on while the machine sleeps.
    public let expiry: ContinuousClock.Instant

    /// A permit. Only who has just shown by a transaction that it owns the device may make one.
    ///
    /// - Parameters:
    ///   - start: when the transaction began, not when it was answered: a successor counts from a later moment.
    ///   - window: for how long requests may leave.
    public init(transactionBegunAt start: ContinuousClock.Instant, window: Duration) {
        expiry = start + window
    }

    /// Whether a request may leave now.
    public var isValid: Bool { ContinuousClock.now < expiry }

    /// For how long requests may leave; zero when they may not.
    public var remaining: Duration { max(.zero, ContinuousClock.now.duration(to: expiry)) }
}

extension DriverError {
    /// The write that this task makes may not leave any more.
    public static func overdue(_ what: String) -> DriverError {
        DriverError(
            .notPermitted,
            "\(what): the time in which this agent may write was over before the request could leave; nothing was sent"
        )
    }
}
