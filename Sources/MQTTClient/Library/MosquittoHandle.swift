import CMosquitto
import Glibc

/// One libmosquitto client object for one connection, driven by hand: nothing happens outside the calls made here.
///
/// Each connection gets a new one. So nothing that the library keeps (its queue of unacknowledged messages, packet
/// numbers, half a packet) survives into the next, and every message is sent again by us or not at all.
final class MosquittoHandle {
    private static let isLibraryReady = mosquitto_lib_init() == 0

    private let pointer: OpaquePointer
    private let sink: LibrarySink
    private let version: ProtocolVersion
    /// What the library connects to.
    private let address: String
    /// Whom the broker's certificate has to be for; nothing without TLS.
    private let identity: BrokerIdentity?

    /// - Parameter address: one of those of the broker's host.
    init(_ configuration: MQTTConfiguration, for attempt: ConnectionAttempt, at address: String) throws(MQTTError) {
        let sink = LibrarySink(configuration)
        // Unretained: this object holds the sink, and the identity, until after the pointer has been destroyed.
        let context = Unmanaged.passUnretained(sink).toOpaque()
        guard Self.isLibraryReady,
            let pointer = mosquitto_new(configuration.clientID, configuration.session == .clean, context)
        else {
            throw MQTTError(.system, "libmosquitto cannot make a client: \(String(cString: strerror(errno)))")
        }
        self.pointer = pointer
        self.sink = sink
        version = attempt.version
        self.address = address
        identity = attempt.broker.usesTLS ? BrokerIdentity(attempt.broker.host) : nil
        sink.install(on: pointer)
        try setUp(configuration)
    }

    deinit { mosquitto_destroy(pointer) }

    private func setUp(_ configuration: MQTTConfiguration) throws(MQTTError) {
        let number = version == .v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
        mosquitto_int_option(pointer, MOSQ_OPT_PROTOCOL_VERSION, number)
        mosquitto_int_option(pointer, MOSQ_OPT_TCP_NODELAY, 1)
        mosquitto_int_option(pointer, MOSQ_OPT_SEND_MAXIMUM, Int32(clamping: configuration.maximumInflight))
        if let username = configuration.username {
            guard mosquitto_username_pw_set(pointer, username, configuration.password?.text) == 0 else {
                throw MQTTError(.invalidConfiguration, "MQTT: the user or the password cannot be sent")
            }
        }
        if let identity { try setUpTLS(configuration.tls ?? TLSSettings(), identity) }
        if let will = configuration.lastWill { try setUpWill(will) }
        if version == .v5 { prime(configuration) }
    }

    private func setUpTLS(_ tls: TLSSettings, _ identity: BrokerIdentity) throws(MQTTError) {
        for file in [tls.caFile, tls.certificateFile, tls.keyFile].compactMap(\.self) where access(file, R_OK) != 0 {
            throw MQTTError(.invalidConfiguration, "cannot read \(file) for TLS: \(String(cString: strerror(errno)))")
        }
        if tls.caFile == nil { mosquitto_int_option(pointer, MOSQ_OPT_TLS_USE_OS_CERTS, 1) }
        let directory = tls.caFile == nil ? "/etc/ssl/certs" : nil
        // Without this callback OpenSSL would ask on the terminal for the passphrase of a key and wait for ever.
        let code = mosquitto_tls_set(pointer, tls.caFile, directory, tls.certificateFile, tls.keyFile) { _, _, _, _ in 0
        }
        guard code == 0 else {
            throw MQTTError(.invalidConfiguration, "TLS cannot be set up: \(String(cString: mosquitto_strerror(code)))")
        }
        try identity.install(on: pointer)
    }

    private func setUpWill(_ will: LastWill) throws(MQTTError) {
        var properties = PropertyList()
        if version == .v5 && will.delay >= .seconds(1) {
            properties.add(MQTT_PROP_WILL_DELAY_INTERVAL, UInt32(clamping: will.delay.components.seconds))
        }
        let length = Int32(clamping: will.payload.count)
        let qos = Int32(will.qos.rawValue)
        let list = properties.pointer
        let code = mosquitto_will_set_v5(pointer, will.topic, length, will.payload, qos, will.isRetained, list)
        guard code == 0 else {
            throw MQTTError(
                .invalidConfiguration,
                "the last will cannot be set: \(String(cString: mosquitto_strerror(code)))"
            )
        }
        properties.release()
    }

    /// Gives the library the properties of its greeting.
    ///
    /// Only its blocking connect takes any. It stores them before it fails at once, because there is no such socket in
    /// the file system; the connect that does not block uses them afterwards.
    private func prime(_ configuration: MQTTConfiguration) {
        var properties = PropertyList()
        if case .persistent(let expiry) = configuration.session {
            properties.add(MQTT_PROP_SESSION_EXPIRY_INTERVAL, UInt32(clamping: max(0, expiry.components.seconds)))
        }
        properties.add(MQTT_PROP_MAXIMUM_PACKET_SIZE, configuration.maximumPacketSize)
        mosquitto_connect_bind_v5(pointer, "/nonexistent/broker", 0, 60, nil, properties.pointer)
    }

    /// Starts to connect.
    func connect(to broker: BrokerAddress, keepAlive: Duration) -> LibraryResult {
        let seconds = Int32(clamping: keepAlive.components.seconds)
        return result { mosquitto_connect_async(pointer, address, Int32(broker.port), seconds) }
    }

    /// The library's own descriptor; negative once it has closed it.
    var socket: Int32 { mosquitto_socket(pointer) }

    /// Whether something waits to be written.
    var wantsToWrite: Bool { mosquitto_want_write(pointer) }

    /// What the callbacks noted since the last time.
    func takeEvents() -> [LibraryEvent] { sink.takeEvents() }

    /// The last errors that the library logged.
    var loggedErrors: [String] { sink.errors }

    /// What OpenSSL found wrong with the broker's certificate.
    var certificateProblem: Int? { identity?.problem }

    /// The connection stands: the library need not log any more.
    func stopLogging() { mosquitto_log_callback_set(pointer, nil) }

    /// Reads a packet, or goes on with the TLS handshake.
    func read() -> LibraryResult { result { mosquitto_loop_read(pointer, 1) } }

    /// Writes as much as the connection takes.
    func write() -> LibraryResult { result { mosquitto_loop_write(pointer, 1) } }

    /// Sends a ping when it is time; to be called about twice a second.
    func keepAlive() -> LibraryResult { result { mosquitto_loop_misc(pointer) } }

    /// Hands a message over.
    ///
    /// - Returns: the packet's number, which is also valid when the result says that the connection is gone.
    func publish(_ message: OutgoingMessage, qos: QoS) -> (packet: Int32, result: LibraryResult) {
        var packet: Int32 = 0
        let length = Int32(clamping: message.payload.count)
        let level = Int32(qos.rawValue)
        if version == .v311 || message.properties.isEmpty {
            let outcome = result {
                mosquitto_publish(pointer, &packet, message.topic, length, message.payload, level, message.isRetained)
            }
            return (packet, outcome)
        }
        let properties = PropertyList(message.properties)
        let list = properties.pointer
        let outcome = result {
            mosquitto_publish_v5(
                pointer,
                &packet,
                message.topic,
                length,
                message.payload,
                level,
                message.isRetained,
                list
            )
        }
        return (packet, outcome)
    }

    /// Asks for subscriptions in one packet, with the options of the first, of which there has to be one.
    func subscribe(to subscriptions: [Subscription]) -> (packet: Int32, result: LibraryResult) {
        var packet: Int32 = 0
        let first = subscriptions[0]
        var options = Int32(first.retainHandling.rawValue) << 4
        if first.retainAsPublished { options |= Int32(MQTT_SUB_OPT_RETAIN_AS_PUBLISHED.rawValue) }
        if first.noLocal { options |= Int32(MQTT_SUB_OPT_NO_LOCAL.rawValue) }
        let outcome = Self.withTexts(subscriptions.map(\.filter)) { count, filters in
            result {
                mosquitto_subscribe_multiple(pointer, &packet, count, filters, Int32(first.qos.rawValue), options, nil)
            }
        }
        return (packet, outcome)
    }

    /// Ends subscriptions by one packet.
    func unsubscribe(from filters: [String]) -> LibraryResult {
        Self.withTexts(filters) { count, filters in
            result { mosquitto_unsubscribe_multiple(pointer, nil, count, filters, nil) }
        }
    }

    /// Texts as C has them, for the time of a call.
    private static func withTexts<Answer>(
        _ texts: [String],
        _ body: (Int32, UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Answer
    ) -> Answer {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return copies.withUnsafeBufferPointer { body(Int32($0.count), $0.baseAddress) }
    }

    /// Says goodbye; the library closes its socket when that has been written.
    ///
    /// - Parameter reason: 0, or with MQTT 5 4 to have the last will published.
    func disconnect(reason: Int32) -> LibraryResult { result { mosquitto_disconnect_v5(pointer, reason, nil) } }

    private func result(_ call: () -> Int32) -> LibraryResult {
        errno = 0
        let code = call()
        return LibraryResult(code: code, systemError: errno)
    }
}
