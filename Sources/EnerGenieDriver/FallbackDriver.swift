internal import Logging
public import Power
internal import Synchronization

/// Uses another driver for the same device when the first cannot reach it at all.
///
/// It turns to the other only when nothing can have left: no connection came about, as when one of a strip's two ports
/// is closed by a firewall or its web server hangs. Silence after a request is no reason, as the device may have
/// switched; nor is a refused password. The way that worked last is tried first for as long as it works, and the first
/// one again from time to time.
public final class FallbackDriver: PDUDriver {
    fileprivate struct State {
        var usesOther = false
        var sessionsOnOther = 0
    }

    /// After so many sessions on the other way the first is tried again.
    static let sessionsUntilRetry = 30

    private let first: any PDUDriver
    private let other: any PDUDriver
    private let name: String
    private let logger: Logger
    private let state = Mutex(State())

    init(_ first: any PDUDriver, or other: any PDUDriver, name: String, logger: Logger) {
        self.first = first
        self.other = other
        self.name = name
        self.logger = logger
    }

    /// What both can do: several outlets in one request only where either driver can.
    public var traits: DriverTraits {
        var traits = first.traits
        traits.settleWindow = max(traits.settleWindow, other.traits.settleWindow)
        traits.settleInterval = max(traits.settleInterval, other.traits.settleInterval)
        traits.switchesTogether = traits.switchesTogether && other.traits.switchesTogether
        traits.cyclesByItself = traits.cyclesByItself && other.traits.cyclesByItself
        return traits
    }

    /// Opens a session one way, else the other, and runs `body` at most once.
    ///
    /// - Throws: what the way that was tried first threw when neither could be reached, else what the session threw.
    public nonisolated(nonsending) func withSession<Value: Sendable>(
        _ body: nonisolated(nonsending) (any PDUSession) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        let startsWithOther = state.withLock { $0.startsWithOther() }
        let ways = startsWithOther ? [other, first] : [first, other]
        var firstError: DriverError?
        for (index, way) in ways.enumerated() {
            var hasBegun = false
            do throws(DriverError) {
                let value = try await way.withSession { session async throws(DriverError) in
                    hasBegun = true
                    return try await body(session)
                }
                note(usesOther: (index == 0) == startsWithOther)
                return value
            } catch {
                // With a session open, or after a request has left, the other way could do something twice.
                guard !hasBegun, error.code == .unreachable, !Task.isCancelled else { throw error }
                firstError = firstError ?? error
            }
        }
        throw firstError ?? DriverError(.unreachable, "\(name): it cannot be reached")
    }

    /// Frees what both drivers hold.
    public nonisolated(nonsending) func shutDown() async {
        await first.shutDown()
        await other.shutDown()
    }

    private func note(usesOther: Bool) {
        let isNews = state.withLock { state in
            defer { state.usesOther = usesOther }
            if state.usesOther != usesOther { state.sessionsOnOther = 0 }
            return state.usesOther != usesOther
        }
        guard isNews else { return }
        logger.notice(
            usesOther
                ? "the device cannot be reached by its protocol; the other one works" : "back to the first protocol",
            metadata: ["pdu": "\(name)"]
        )
    }
}

extension FallbackDriver.State {
    /// Where the next session begins.
    fileprivate mutating func startsWithOther() -> Bool {
        guard usesOther else { return false }
        sessionsOnOther += 1
        guard sessionsOnOther >= FallbackDriver.sessionsUntilRetry else { return true }
        sessionsOnOther = 0
        return false
    }
}
