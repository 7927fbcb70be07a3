/// How far a request has come: which tries are left, and whether the device can have seen it.
///
/// Decides only; sends nothing and knows no clock.
struct ExchangeProgress: Equatable {
    /// What to do after a datagram was handed to the system.
    enum Wait: Equatable {
        /// Wait for the answer.
        case forAnswer
        /// Try to send again in a moment: the system's buffers are full.
        case forRoom
        /// Give up: the request cannot leave. The system's error number.
        case notAtAll(Int32)
        /// Give up: nothing may be sent any more. Whether an earlier try has left.
        case overdue(afterTry: Bool)
    }

    /// What to do when a wait ended without an answer.
    enum Next: Equatable {
        case send
        case giveUp
    }

    /// How often a request is sent again, besides its retries, because the device's engine changed or its clock did.
    private static let maximumCorrections = 3
    private static let maximumWaitsForRoom = 100

    private(set) var triesMade = 0
    private var triesLeft: Int
    private var correctionsLeft = maximumCorrections
    private var waitsForRoom = 0
    private var isWaitingForRoom = false
    /// Whether the device may have seen the request.
    private(set) var hasLeft = false

    /// How many tries were needed, those not counted that the device refused for a reason that was put right.
    var triesNeeded: Int { max(1, triesMade - (Self.maximumCorrections - correctionsLeft)) }

    init(retries: Int) {
        triesLeft = max(0, retries)
    }

    /// A datagram was handed to the system.
    mutating func sendEnded(_ outcome: UDPSocket.SendOutcome) -> Wait {
        isWaitingForRoom = false
        switch outcome {
        case .sent:
            hasLeft = true
        case .busy where waitsForRoom < Self.maximumWaitsForRoom:
            waitsForRoom += 1
            isWaitingForRoom = true
            return .forRoom
        case .failed(let number) where !hasLeft:
            return .notAtAll(number)
        case .overdue: return .overdue(afterTry: hasLeft)
        case .busy, .failed:
            // An earlier try may still be answered; this one counts as lost.
            break
        }
        triesMade += 1
        return .forAnswer
    }

    /// The wait ended without an answer.
    mutating func waitEnded() -> Next {
        if isWaitingForRoom { return .send }
        guard triesLeft > 0 else { return .giveUp }
        triesLeft -= 1
        return .send
    }

    /// The device has refused the request unread, because of its engine ID or clock, and what it said is now known.
    ///
    /// Sending it again is no retry: the device cannot have carried it out.
    mutating func corrected() -> Next {
        guard correctionsLeft > 0 else { return .giveUp }
        correctionsLeft -= 1
        return .send
    }
}
