/// Why an SNMP request failed.
public struct SNMPError: Error, Sendable, Hashable {
    /// What kind of failure it is, as far as a caller acts on it.
    public enum Code: Sendable, Hashable {
        /// No answer to any try. With versions 1 and 2c a wrong community looks the same. A SET may have been done.
        case noAnswer
        /// The host's name does not resolve.
        case unknownHost
        /// The device does not know the version 3 user.
        case unknownUser
        /// The device does not accept the authentication: wrong passphrase or wrong protocol.
        case wrongPassphrase
        /// No answer although the device's version 3 engine answers: as a rule a wrong privacy passphrase or protocol.
        case privacySilence
        /// The user or community may not do this.
        case authorizationError
        /// The device does not have the object or instance (version 1, and writes of every version).
        case noSuchObject
        /// The object cannot be written, or not with these credentials.
        case notWritable
        /// The device refuses the value: wrong type, length or range, or not possible now.
        case wrongTypeOrValue
        /// The answer does not fit into one message: ask for fewer objects at once.
        case tooBig
        /// The device failed without saying why, or could not carry a write through.
        case genErr
        /// The device answered with another report of version 3, named as in its MIB.
        case report(String)
        /// The device knows the user but not with this security level (no privacy, for instance).
        case unsupportedSecurityLevel
        /// The answer makes no sense, such as objects that were not asked for, or a walk that goes in circles.
        case badReply
        /// The request could not be sent: no route, network down. The device has not seen it.
        case sendFailed
        /// The caller's leave to write was over before the request could be sent. The device has not seen it.
        case notPermitted
        /// The calling task was cancelled. A SET may have been done.
        case cancelled
        /// The session or the engine was closed. A SET that was under way may have been done.
        case closed
        /// Too many requests are waiting for this device already.
        case overloaded
        /// What was asked for cannot be asked: a bad OID, a value out of range, GETBULK in version 1, a passphrase
        /// shorter than 8 bytes.
        case invalidArgument
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened, to which device, and what to do about it; never holds a secret.
    public let message: String
    /// The object that the device's error points at.
    public let oid: OID?

    /// An error with its explanation.
    public init(_ code: Code, _ message: String, oid: OID? = nil) {
        self.code = code
        self.message = message
        self.oid = oid
    }

    /// Whether the same request may succeed later without anybody changing anything.
    public var isRetriable: Bool {
        switch code {
        case .noAnswer, .unknownHost, .genErr, .badReply, .sendFailed, .overloaded: true
        case .unknownUser, .wrongPassphrase, .privacySilence, .authorizationError, .noSuchObject, .notWritable,
            .wrongTypeOrValue, .tooBig, .report, .unsupportedSecurityLevel, .cancelled, .closed, .invalidArgument,
            .notPermitted:
            false
        }
    }

    /// Whether no answer came at all: the device is away, or was asked for more than it takes.
    public var isSilence: Bool { code == .noAnswer || code == .privacySilence }

    /// What is thrown when the proof of life that followed a silence failed with this error: the silence of the larger
    /// request, which was tried more often, where it is the same failure.
    public func after(_ silence: SNMPError?) -> SNMPError {
        guard let silence, silence.code == code else { return self }
        return silence
    }

    /// Whether a SET that ended with this error may have been done all the same.
    public var leavesDoubt: Bool {
        switch code {
        case .noAnswer, .privacySilence, .badReply, .cancelled, .closed, .genErr: true
        default: false
        }
    }
}

extension SNMPError: CustomStringConvertible {
    /// The message; the code is for programs.
    public var description: String { message }
}
