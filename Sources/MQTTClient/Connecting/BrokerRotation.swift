/// Decides which broker is tried when, with which version of the protocol, and how long to wait before the next try.
///
/// Each broker has its own back-off, so one that refuses our password is left alone while the next one is tried.
struct BrokerRotation: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Step: Sendable, Equatable {
        case attempt(ConnectionAttempt)
        case wait(until: Instant)
    }

    private struct Candidate: Sendable {
        let address: BrokerAddress
        var version: ProtocolVersion
        var backoff = ReconnectBackoff()
        var notBefore: Instant?
    }

    /// How long a broker is left alone when somebody has to change something first.
    static let attentionDelay: Duration = .seconds(30)
    /// How long a connection must last for the waits to start from the shortest again. Longer than the longest wait, so
    /// that two clients with one id do not push each other out in ever the same rhythm.
    static let stableLifetime: Duration = .seconds(60)

    private let choice: ProtocolChoice
    private var candidates: [Candidate]
    private var current = 0

    init(brokers: [BrokerAddress], choice: ProtocolChoice) {
        self.choice = choice
        candidates = brokers.map { Candidate(address: $0, version: Self.preferred(choice)) }
    }

    /// What to do now.
    mutating func next(now: Instant) -> Step {
        for offset in candidates.indices {
            let index = (current + offset) % candidates.count
            let candidate = candidates[index]
            if let notBefore = candidate.notBefore, notBefore > now { continue }
            current = index
            return .attempt(ConnectionAttempt(broker: candidate.address, version: candidate.version))
        }
        return .wait(until: candidates.compactMap(\.notBefore).min() ?? now)
    }

    /// The attempt that `next` gave last has failed.
    mutating func failed(_ error: MQTTError, now: Instant, using random: inout some RandomNumberGenerator) {
        // Old brokers answer a version they do not know by closing the connection. So do others for other reasons:
        // therefore the two versions take turns then.
        let mayBeVersion = error.code == .protocolRefused || error.code == .closedBeforeAnswer
        if choice == .auto && mayBeVersion {
            if candidates[current].version == .v5 {
                candidates[current].version = .v311
                return
            }
            candidates[current].version = .v5
        }
        let delay =
            error.needsAttention ? Self.attentionDelay : candidates[current].backoff.next(using: &random)
        candidates[current].notBefore = now + delay
        current = (current + 1) % candidates.count
    }

    /// An established connection to the broker of the last attempt was lost.
    mutating func lost(
        after lifetime: Duration,
        now: Instant,
        using random: inout some RandomNumberGenerator
    ) {
        if lifetime >= Self.stableLifetime { candidates[current].backoff.reset() }
        candidates[current].version = Self.preferred(choice)
        candidates[current].notBefore = now + candidates[current].backoff.next(using: &random)
    }

    private static func preferred(_ choice: ProtocolChoice) -> ProtocolVersion { choice == .v311 ? .v311 : .v5 }
}
