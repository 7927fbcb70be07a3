/// Whom to trust and who we are, for brokers of the form `mqtts://`. TLS 1.2 is the least that is accepted.
public struct TLSSettings: Sendable, Hashable {
    /// The authority that must have signed the broker's certificate, PEM; the system's authorities when not given.
    public var caFile: String?
    /// Our certificate chain, PEM; needs `keyFile`.
    public var certificateFile: String?
    /// The key of our certificate, PEM, without a passphrase.
    public var keyFile: String?
    /// Whether the certificate must be for the host that was asked for. Without this, whoever has any certificate of
    /// the authority can play the broker.
    public var verifiesHostName: Bool

    /// Settings; by default the system's authorities and no certificate of our own.
    public init(
        caFile: String? = nil,
        certificateFile: String? = nil,
        keyFile: String? = nil,
        verifiesHostName: Bool = true
    ) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.verifiesHostName = verifiesHostName
    }
}
