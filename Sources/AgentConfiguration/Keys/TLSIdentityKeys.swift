/// A certificate and its key: `web.tls`, and a part of `mqtt.tls`.
enum TLSIdentityKeys {
    static let certificateFile = Key(
        "certificate_file",
        Form<String>.file,
        .required,
        example: "agent.pem",
        "The certificate with its chain, PEM."
    )
    static let keyFile = Key(
        "key_file",
        Form<String>.secretFile,
        .required,
        example: "agent.key",
        "The certificate's key, PEM."
    )
    static let optionalCertificateFile = Key(
        "certificate_file",
        Form<String>.file,
        .optional("none"),
        example: "agent.pem",
        "The agent's certificate with its chain, PEM, for brokers that ask for one. It needs `key_file`."
    )
    static let optionalKeyFile = Key(
        "key_file",
        Form<String>.secretFile,
        .optional("none"),
        example: "agent.key",
        "The key of `certificate_file`, PEM."
    )
    static let keyPassword = SecretKey("key_password", .described("none"), "The password of an encrypted `key_file`.")

    static let clientCAFile = Key(
        "client_ca_file",
        Form<String>.file,
        .optional("clients show no certificate"),
        example: "clients.pem",
        "The authorities, PEM, from which every client has to show a certificate, besides the credentials."
    )

    static let optionalEntries = [optionalCertificateFile.entry, optionalKeyFile.entry]

    /// `web.tls`.
    static let table = KeyTable(
        "web.tls",
        [certificateFile.entry, keyFile.entry] + keyPassword.entries + [clientCAFile.entry]
    )

    static func read(_ section: Section) -> TLSIdentity? {
        // Every key is read before one that is wrong ends this, so that all mistakes show at once.
        let certificate = section[certificateFile]
        let key = section[keyFile]
        let password = section.secret(keyPassword)
        let clientCAFile = section[clientCAFile]
        guard let certificate, let key else { return nil }
        return TLSIdentity(
            certificateFile: certificate,
            keyFile: key,
            keyPassword: password,
            clientCAFile: clientCAFile
        )
    }

    static func readOptional(_ section: Section) -> TLSIdentity? {
        let certificate = section[optionalCertificateFile]
        let key = section[optionalKeyFile]
        let names = (certificate: optionalCertificateFile.name, key: optionalKeyFile.name)
        switch (section.has(names.certificate), section.has(names.key)) {
        case (true, false): section.report(names.certificate, "a certificate needs key_file")
        case (false, true): section.report(names.key, "a key needs certificate_file")
        default: break
        }
        guard let certificate, let key else { return nil }
        return TLSIdentity(certificateFile: certificate, keyFile: key)
    }
}
