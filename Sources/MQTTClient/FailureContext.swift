/// What an error about a connection may mention. No password is in it.
struct FailureContext: Sendable {
    var attempt: ConnectionAttempt
    var username: String?
    var clientID: String
    var caFile: String?
    var hasCertificate: Bool

    init(_ configuration: MQTTConfiguration, _ attempt: ConnectionAttempt) {
        self.attempt = attempt
        username = configuration.username
        clientID = configuration.clientID
        caFile = configuration.tls?.caFile
        hasCertificate = configuration.tls?.certificateFile != nil
    }
}
