import AgentConfiguration
import AgentWeb

extension WebCredentials {
    /// What clients of the page have to show, as the configuration says.
    init(_ settings: WebSettings) {
        self.init(
            token: settings.token?.reveal(),
            login: settings.login.map { ($0.username, $0.password.reveal()) }
        )
    }
}

extension WebCertificate {
    /// The certificate that the configuration names.
    init(_ settings: TLSIdentity) {
        self.init(
            certificateFile: settings.certificateFile,
            keyFile: settings.keyFile,
            keyPassword: settings.keyPassword?.reveal(),
            clientCAFile: settings.clientCAFile
        )
    }
}

extension ClientNetwork {
    /// Addresses that the configuration allows.
    init(_ range: AddressRange) { self.init(bytes: range.bytes, prefix: range.prefix) }
}
