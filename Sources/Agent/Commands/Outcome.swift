public import Foundation
public import Power

/// How a command ended.
public struct Outcome: Sendable, Equatable {
    /// The word that tells most.
    public enum Status: String, Sendable, Hashable, CaseIterable, Codable {
        /// The device was read back and agrees.
        case done
        /// Never started.
        case rejected
        /// Started, and the device says no or disagrees.
        case failed
        /// Started, and nobody can tell.
        case unknown
        /// Not started before its deadline.
        case expired
        /// Overtaken before it started.
        case superseded
    }

    /// What exactly went wrong; the words of the `error.code` key.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The payload or the response topic is not acceptable.
        case badPayload = "bad_payload"
        /// The PDU has no such outlet.
        case unknownOutlet = "unknown_outlet"
        /// There is no such group.
        case unknownGroup = "unknown_group"
        /// There is no such load.
        case unknownLoad = "unknown_load"
        /// Another load is not as this one needs it.
        case requires
        /// There is no such PDU, answered only by a sole agent.
        case unknownPDU = "unknown_pdu"
        /// The message was retained.
        case retained
        /// The outlet is protected.
        case protected
        /// The sender may not do it, or did not prove who it is.
        case unauthorized
        /// The outlet was cycled too often.
        case rateLimited = "rate_limited"
        /// The outlet has to stay in its state for a while.
        case lockedOut = "locked_out"
        /// An outlet before this one failed, and the group is set to stop then.
        case groupStopped = "group_stopped"
        /// The agent is shutting down.
        case stopping
        /// The journal cannot be written, so nothing that must survive a crash is begun.
        case journalFailed = "journal_failed"
        /// No majority of the fleet's store answers, so whether this agent may write cannot be known.
        case noQuorum = "no_quorum"
        /// The device refused, or could not be reached.
        case deviceError = "device_error"
        /// The device refused the credentials.
        case auth
        /// The device was read back and disagrees.
        case mismatch
        /// No answer after the request had left.
        case deviceTimeout = "device_timeout"
        /// The agent died before it could see how a switch ended.
        case agentDied = "agent_died"
    }

    /// The word that tells most.
    public var status: Status
    /// What the outlet reads, where it was read.
    public var state: PowerState?
    /// What exactly went wrong.
    public var code: Code?
    /// The same for people: what happened and what to do.
    public var message: String?
    /// Until when a locked-out or rate-limited outlet stays so.
    public var until: Date?
    /// For a dry run: what would happen.
    public var plan: CommandPlan?

    /// An outcome with its explanation.
    public init(
        _ status: Status,
        state: PowerState? = nil,
        code: Code? = nil,
        message: String? = nil,
        until: Date? = nil
    ) {
        self.status = status
        self.state = state
        self.code = code
        self.message = message
        self.until = until
    }

    /// The device was read back and agrees.
    public static func done(_ state: PowerState) -> Outcome { Outcome(.done, state: state) }

    /// Never started.
    public static func rejected(_ code: Code, _ message: String, until: Date? = nil) -> Outcome {
        Outcome(.rejected, code: code, message: message, until: until)
    }

    /// Started, and the device says no or disagrees.
    public static func failed(_ code: Code, _ message: String, state: PowerState? = nil) -> Outcome {
        Outcome(.failed, state: state, code: code, message: message)
    }

    /// Whether a result says only that another agent, or the next start of this one, goes on with the command.
    static func isLeft(_ status: Status, _ problem: CommandResult.Problem?) -> Bool {
        status == .unknown && problem?.code == Code.stopping.rawValue
    }

    /// Started, and nobody can tell.
    public static func unknown(_ code: Code, _ message: String) -> Outcome {
        Outcome(.unknown, code: code, message: message)
    }

    /// What a driver's error means for a command.
    ///
    /// - Parameter wasSent: whether a switch may have left for the device.
    static func of(_ error: DriverError, wasSent: Bool) -> Outcome {
        if wasSent, error.leavesDoubt { return .unknown(.deviceTimeout, error.message) }
        // An earlier request may have been done although this one may not be sent.
        if error.code == .noQuorum {
            return wasSent ? .unknown(.deviceTimeout, error.message) : .rejected(.noQuorum, error.message)
        }
        return .failed(error.code == .authentication ? .auth : .deviceError, error.message)
    }
}
