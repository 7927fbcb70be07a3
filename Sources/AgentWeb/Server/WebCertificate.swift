import NIOSSL

/// The certificate that a server shows, for HTTPS.
public struct WebCertificate: Sendable {
    /// The certificate with its chain: the path of a PEM file.
    public var certificateFile: String
    /// Its key: the path of a PEM file.
    public var keyFile: String
    /// The authorities from which clients have to show a certificate: the path of a PEM file; nothing where they need none.
    public var clientCAFile: String?
    private let keyPassword: String?

    /// A certificate and its key.
    public init(certificateFile: String, keyFile: String, keyPassword: String? = nil, clientCAFile: String? = nil) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.keyPassword = keyPassword
        self.clientCAFile = clientCAFile
    }

    func configuration() throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMFile(certificateFile).map { NIOSSLCertificateSource.certificate($0) }
        let key =
            if let keyPassword {
                try NIOSSLPrivateKey(file: keyFile, format: .pem) { $0(keyPassword.utf8) }
            } else {
                try NIOSSLPrivateKey(file: keyFile, format: .pem)
            }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain,
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        if let clientCAFile {
            configuration.trustRoots = .file(clientCAFile)
            // A client's certificate names no host.
            configuration.certificateVerification = .noHostnameVerification
        }
        return configuration
    }
}

extension WebCertificate: CustomReflectable {
    /// The files alone.
    public var customMirror: Mirror {
        Mirror(self, children: ["certificateFile": certificateFile, "keyFile": keyFile])
    }
}
