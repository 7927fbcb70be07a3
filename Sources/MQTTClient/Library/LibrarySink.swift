import CMosquitto

/// Where the callbacks of one libmosquitto handle put what they are told.
///
/// They run inside calls that the session makes, and only take notes here: the library must not be destroyed, given
/// other callbacks, or entered deeply from within one.
final class LibrarySink {
    private(set) var events: [LibraryEvent] = []
    /// The last errors that the library logged, which is the only place where it tells why TLS failed.
    private(set) var errors: [String] = []
    private let maximumPayload: Int
    private let maximumPayloads: [String: Int]

    init(_ configuration: MQTTConfiguration) {
        maximumPayload = configuration.maximumPayload
        maximumPayloads = configuration.maximumPayloads
    }

    /// Gives away what has been noted.
    func takeEvents() -> [LibraryEvent] {
        if events.isEmpty { return [] }
        defer { events = [] }
        return events
    }

    func install(on mosquitto: OpaquePointer) {
        mosquitto_connect_v5_callback_set(mosquitto) { _, context, reason, flags, properties in
            let limits = PropertyReader.brokerLimits(of: properties)
            let event = LibraryEvent.greeted(reason: reason, sessionPresent: flags & 1 != 0, limits: limits)
            LibrarySink.of(context)?.events.append(event)
        }
        mosquitto_disconnect_v5_callback_set(mosquitto) { _, context, reason, _ in
            LibrarySink.of(context)?.events.append(.disconnected(reason: reason))
        }
        mosquitto_publish_v5_callback_set(mosquitto) { _, context, packet, reason, _ in
            LibrarySink.of(context)?.events.append(.published(packet: packet, reason: reason))
        }
        mosquitto_subscribe_v5_callback_set(mosquitto) { _, context, packet, count, reasons, _ in
            let reasons = Array(UnsafeBufferPointer(start: reasons, count: reasons == nil ? 0 : Int(max(0, count))))
            LibrarySink.of(context)?.events.append(.subscribed(packet: packet, reasons: reasons))
        }
        mosquitto_message_v5_callback_set(mosquitto) { _, context, message, properties in
            guard let message else { return }
            LibrarySink.of(context)?.append(message.pointee, properties)
        }
        // Only until the connection stands: with a log callback the library formats a line for each packet.
        mosquitto_log_callback_set(mosquitto) { _, context, level, text in
            guard let text, UInt32(bitPattern: level) & UInt32(MOSQ_LOG_ERR | MOSQ_LOG_WARNING) != 0 else { return }
            LibrarySink.of(context)?.note(error: String(cString: text))
        }
    }

    private func append(_ message: mosquitto_message, _ list: OpaquePointer?) {
        guard let topic = message.topic.map({ String(cString: $0) }) else { return }
        let size = Int(max(0, message.payloadlen))
        let properties = PropertyReader.messageProperties(of: list, limit: 65_536)
        let fits = properties != nil && size <= limit(topic, size)
        let bytes = UnsafeRawBufferPointer(start: message.payload, count: message.payload == nil ? 0 : size)
        events.append(
            .message(
                IncomingMessage(
                    topic: topic,
                    payload: fits ? Array(bytes) : nil,
                    payloadSize: size,
                    qos: message.qos == 0 ? .atMostOnce : .atLeastOnce,
                    isRetained: message.retain,
                    properties: properties ?? MessageProperties()
                )
            )
        )
    }

    private func limit(_ topic: String, _ size: Int) -> Int {
        guard size > maximumPayload else { return maximumPayload }
        return maximumPayloads.first { topic.hasPrefix($0.key) }?.value ?? maximumPayload
    }

    private func note(error: String) {
        if errors.count >= 8 { errors.removeFirst() }
        errors.append(error)
    }

    /// The sink behind a callback's context. It is alive: the handle that owns it destroys the library's object, and
    /// with it all callbacks, before it lets go of the sink.
    private static func of(_ context: UnsafeMutableRawPointer?) -> LibrarySink? {
        context.map { Unmanaged<LibrarySink>.fromOpaque($0).takeUnretainedValue() }
    }
}

/// What libmosquitto told in its callbacks.
enum LibraryEvent: Sendable {
    /// The broker's answer to the greeting; 0 is a welcome, everything else the reason why not.
    case greeted(reason: Int32, sessionPresent: Bool, limits: BrokerLimits)
    case message(IncomingMessage)
    /// A message of QoS 0 was written, or one of QoS 1 acknowledged; from 128 on the reason is a refusal.
    case published(packet: Int32, reason: Int32)
    /// The answers to a subscription, filter by filter; from 128 on they are refusals.
    case subscribed(packet: Int32, reasons: [Int32])
    /// The connection has ended; from 128 on the number is the broker's reason, below it libmosquitto's.
    case disconnected(reason: Int32)
}
