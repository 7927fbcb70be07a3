/// A certificate and its key. Both files could be read when the configuration was.
public struct TLSIdentity: Sendable, Equatable {
    /// `certificate_file`: an absolute path, PEM, with the chain.
    public var certificateFile: String
    /// `key_file`: an absolute path, PEM.
    public var keyFile: String
    /// `key_password`: for an encrypted key.
    public var keyPassword: Secret?
    /// `client_ca_file` of a server: an absolute path, PEM.
    public var clientCAFile: String?
}
