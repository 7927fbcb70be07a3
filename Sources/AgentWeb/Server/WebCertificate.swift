import NIOSSL

/// The certificate that a server shows, for HTTPS.
public struct WebCertificate: Sendable {
    /// The certificate with its chain: the path of a PEM file.
    public var certificateFile: String
    /// Its key: the path of a PEM file.
    public var keyFile: String
    private let keyPassword: String?

    /// A certificate and its key.
    public init(certificateFile: String, keyFile: String, keyPassword: String? = nil) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.keyPassword = keyPassword
    }

    func configuration() throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMFile(certificateFile).map { NIOSSLCertificateSource.certificate($0) }
        let key =
            if let keyPassword {
                try NIOSSLPrivateKey(file: keyFile, format: .pem) { $0(keyPassword.utf8) }
            } else {
                try NIOSSLPrivateKey(file: keyFile, format: .pem)
            }
        return TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
    }
}

extension WebCertificate: CustomReflectable {
    /// The files alone.
    public var customMirror: Mirror {
        Mirror(self, children: ["certificateFile": certificateFile, "keyFile": keyFile])
    }
}
