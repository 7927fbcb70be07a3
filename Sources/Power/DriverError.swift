/// Why a device could not be read or switched.
public struct DriverError: Error, Sendable, Equatable {
    /// What kind of failure it is, as far as a caller acts on it.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// No answer within the time limit. When the request was a switch, nobody can tell whether it was done.
        case timeout
        /// The device could not be reached at all (refused connection, no route): no request has left.
        case unreachable
        /// The device refused the credentials, or they must be wrong.
        case authentication
        /// Somebody else holds the device's only session.
        case busy
        /// The device answered and said no.
        case refused
        /// The device's answer could not be understood.
        case badReply
        /// The connection broke after a request had left, so nobody can tell whether it was done.
        case interrupted
        /// The device, or what is known of its model, cannot do what was asked.
        case unsupported
        /// The work was cancelled by the agent, as on shutdown; a request may have left.
        case cancelled
        /// The device is shared, and this agent has no leave to write to it now: its time was over, or the device is
        /// another agent's by now. Nothing has left.
        case notPermitted
        /// The device is shared, and whether this agent may write to it cannot be learnt: no majority of the fleet's
        /// store answers. Nothing has left.
        case noQuorum
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened, to which device, and what to do about it; never holds a secret.
    public let message: String

    /// An error with its explanation.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether a switch that ended with this error may have been done all the same.
    public var leavesDoubt: Bool {
        switch code {
        case .timeout, .interrupted, .cancelled, .badReply: true
        case .unreachable, .authentication, .busy, .refused, .unsupported, .notPermitted, .noQuorum: false
        }
    }

    /// Whether the device gave no sign of life.
    public var isSilence: Bool {
        switch code {
        case .timeout, .unreachable: true
        case .authentication, .busy, .refused, .badReply, .interrupted, .unsupported, .cancelled, .notPermitted,
            .noQuorum:
            false
        }
    }
}

extension DriverError: CustomStringConvertible {
    /// The message; the code is for programs.
    public var description: String { message }
}
