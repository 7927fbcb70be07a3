internal import Synchronization

/// Keeps the pace of one device over all its sessions, and holds requests back as the pace says.
public final class DevicePacer: Sendable {
    private struct State {
        var pace: DevicePace
        var lastAnswer: ContinuousClock.Instant?
        var mustGiveWay: (@Sendable () -> Bool)?
    }

    /// After so long without an answer a request is not one that came too soon.
    private static let rest = Duration.milliseconds(500)

    private let state: Mutex<State>

    /// A pacer for a device that nothing is known of.
    public init(_ ceilings: DevicePace.Ceilings = DevicePace.Ceilings()) {
        state = Mutex(State(pace: DevicePace(ceilings)))
    }

    /// The pace as it is now.
    public var pace: DevicePace { state.withLock { $0.pace } }

    /// Takes over other ceilings, as those of a model once it is known.
    public func limit(to ceilings: DevicePace.Ceilings) {
        state.withLock { $0.pace.limit(to: ceilings) }
    }

    /// Lets the requests from now on give way to something more urgent: each is given up as cancelled, before it is sent,
    /// once the condition holds.
    public func giveWay(when condition: (@Sendable () -> Bool)?) { state.withLock { $0.mustGiveWay = condition } }

    /// Waits until the device has rested, sends a request, and notes how it fared if it was answered.
    ///
    /// - Parameters:
    ///   - load: How much it asks for; nothing for what is no GET and no GETBULK.
    ///   - request: Sends it.
    public nonisolated(nonsending) func send(
        _ load: DevicePace.Load?,
        _ request: nonisolated(nonsending) () async throws(SNMPError) -> SNMPReply
    ) async throws(SNMPError) -> SNMPReply {
        let isAfterRest = await takeTurn()
        if let mustGiveWay = state.withLock({ $0.mustGiveWay }), mustGiveWay() {
            throw SNMPError(.cancelled, "the rest was not asked for, as something more urgent is to be sent")
        }
        let reply = try await request()
        state.withLock { state in
            state.lastAnswer = .now
            if let load {
                state.pace.answered(load, tries: reply.tries, isAfterRest: isAfterRest)
            } else {
                state.pace.answered(tries: reply.tries, isAfterRest: isAfterRest)
            }
        }
        return reply
    }

    /// The device said that a request asks for too much.
    public func tooBig(_ load: DevicePace.Load) { state.withLock { $0.pace.tooBig(load) } }

    /// The device was silent to a request and then answered a smaller one.
    public func silent(_ load: DevicePace.Load) { state.withLock { $0.pace.silent(load) } }

    /// - Returns: whether the device had rested for long.
    private nonisolated(nonsending) func takeTurn() async -> Bool {
        let (gap, last) = state.withLock { ($0.pace.gap, $0.lastAnswer) }
        guard let last else { return true }
        let since = last.duration(to: .now)
        if since >= Self.rest { return true }
        // A cancelled task does not rest; the request that follows ends at once.
        if since < gap { try? await Task.sleep(for: gap - since) }
        return false
    }
}
