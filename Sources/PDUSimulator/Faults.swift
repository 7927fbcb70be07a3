/// What is wrong with a simulated device at the moment.
public struct Faults: Sendable, Equatable {
    /// How long every answer waits; zero or more.
    public var latency: Duration
    /// The share of requests and answers that get lost on the way, from 0 (none) to 1 (all).
    public var loss: Double {
        didSet { loss = Self.clamped(loss) }
    }
    /// Whether the device gives no sign of life: it neither answers nor executes anything.
    public var isDead: Bool
    /// Whether the device answers but refuses to switch.
    public var isRefusing: Bool
    /// How long the device goes on reporting the old state after it accepted a switch; zero or more.
    ///
    /// APC's first switched rack PDUs need 1.5 to 2.5 s.
    public var settleLag: Duration

    /// A device with these faults; by default with none.
    public init(
        latency: Duration = .zero,
        loss: Double = 0,
        isDead: Bool = false,
        isRefusing: Bool = false,
        settleLag: Duration = .zero
    ) {
        self.latency = latency
        self.loss = Self.clamped(loss)
        self.isDead = isDead
        self.isRefusing = isRefusing
        self.settleLag = settleLag
    }

    private static func clamped(_ share: Double) -> Double {
        share.isNaN ? 0 : min(max(share, 0), 1)
    }
}

extension Faults {
    /// Carries out an order that is about faults.
    ///
    /// - Returns: whether it was one.
    public mutating func apply(_ order: SimulatorOrder) -> Bool {
        switch order {
        case .dead: isDead = true
        case .alive: isDead = false
        case .refuse(let refuses): isRefusing = refuses
        case .latency(let time): latency = time
        case .loss(let share): loss = share
        case .lag(let time): settleLag = time
        case .press, .state, .reboot: return false
        }
        return true
    }
}

extension Faults: CustomStringConvertible {
    /// What is wrong, for people, as `latency 0.05 seconds, refusing`; `none` when all is well.
    public var description: String {
        var words: [String] = []
        if isDead { words.append("dead") }
        if isRefusing { words.append("refusing") }
        if latency != .zero { words.append("latency \(latency)") }
        if loss > 0 { words.append("loss \(loss * 100) %") }
        if settleLag != .zero { words.append("lag \(settleLag)") }
        return words.isEmpty ? "none" : words.joined(separator: ", ")
    }
}
