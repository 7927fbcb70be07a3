/// A request on its way to a device; used on the executor only.
final class Exchange {
    typealias Outcome = Result<SNMPReply, SNMPError>

    /// Identifies the exchange to the engine's timer and to the task that waits.
    let token: UInt64
    let session: SessionState
    /// What is asked; nil when a version 3 engine is asked who it is.
    let operation: Operation?
    /// The request's number, the same in every try, so that a late answer to an early one counts; 0 before the first.
    var requestID: Int32 = 0
    /// How long one try waits, in nanoseconds.
    let timeout: UInt64
    let retries: Int
    /// Asked right before each datagram leaves; nothing for a request that may always be sent.
    let mayLeave: (@Sendable () -> Bool)?
    var progress: ExchangeProgress
    /// The numbers that an answer may carry on its outside: the request's, or those of each try in version 3.
    var wireIDs: [Int32] = []
    var deadline: DeadlineWheel.Entry?
    /// Which of the session's addresses the current try has gone to last.
    var candidate = 0
    /// Whether the device answered something that could not be read.
    var heardNonsense = false
    /// Whether it counts among those the device was sent and has not answered.
    var isStarted = false
    private var continuation: CheckedContinuation<Outcome, Never>?

    init(
        token: UInt64,
        session: SessionState,
        operation: Operation?,
        timeout: UInt64,
        retries: Int,
        mayLeave: (@Sendable () -> Bool)? = nil,
        continuation: CheckedContinuation<Outcome, Never>?
    ) {
        self.token = token
        self.session = session
        self.operation = operation
        self.timeout = timeout
        self.retries = retries
        self.mayLeave = mayLeave
        progress = ExchangeProgress(retries: retries)
        self.continuation = continuation
    }

    /// How long all tries together wait, in nanoseconds.
    var patience: UInt64 { timeout &* UInt64(retries + 1) }

    /// Whether it has not been sent yet, because a version 3 engine has to say first who it is.
    var isHeld: Bool { operation != nil && isStarted && wireIDs.isEmpty }

    /// Tells the waiting task, the first time.
    func complete(_ outcome: Outcome) {
        continuation.take()?.resume(returning: outcome)
    }
}
