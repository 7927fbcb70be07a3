/// What an error about a connection may mention. No password is in it.
struct FailureContext: Sendable {
    var attempt: ConnectionAttempt
    var username: String?
    var clientID: String
    var caFile: String?
    var hasCertificate: Bool
    /// Whether this broker has let us in before, so that the kind of its port is right.
    var hasSpoken: Bool

    init(_ configuration: MQTTConfiguration, _ attempt: ConnectionAttempt, hasSpoken: Bool = false) {
        self.hasSpoken = hasSpoken
        self.attempt = attempt
        username = configuration.username
        clientID = configuration.clientID
        caFile = configuration.tls?.caFile
        hasCertificate = configuration.tls?.certificateFile != nil
    }
}
