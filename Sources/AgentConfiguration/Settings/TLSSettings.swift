/// How the agent checks a broker, and how it shows itself to it. There is no way to turn the check off.
public struct TLSSettings: Sendable, Equatable {
    /// `ca_file`: an absolute path; nothing for the system's authorities.
    public var caFile: String?
    /// `certificate_file` and `key_file`: the agent's own certificate.
    public var identity: TLSIdentity?
}
