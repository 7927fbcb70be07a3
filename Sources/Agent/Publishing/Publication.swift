public import MQTTClient

/// Something the agent has to tell the broker.
public struct Publication: Sendable, Equatable {
    /// What to do with it while the broker is away.
    public enum Importance: Sendable, Hashable {
        /// The newest per topic is kept and sent when the broker is back.
        case retained
        /// As `retained`, at most once: measurements.
        case retainedSample
        /// May be dropped, oldest first, when too many wait: results.
        case notice
    }

    /// The topic's name.
    public var topic: String
    /// The payload.
    public var payload: [UInt8]
    /// What to do with it while the broker is away.
    public var importance: Importance
    /// MQTT 5 correlation data to send along.
    public var correlationData: [UInt8]?

    /// Whom to tell once that this needs no further try: the broker has it, or will never take it. Not told when the
    /// agent stops before that.
    public var receipt: Receipt?

    /// A publication.
    public init(
        topic: String,
        payload: [UInt8],
        importance: Importance,
        correlationData: [UInt8]? = nil,
        receipt: Receipt? = nil
    ) {
        self.receipt = receipt
        self.topic = topic
        self.payload = payload
        self.importance = importance
        self.correlationData = correlationData
    }
}

extension OutgoingMessage {
    /// A publication as the MQTT client takes it.
    public init(_ publication: Publication) {
        var properties = MessageProperties()
        properties.correlationData = publication.correlationData
        self.init(
            topic: publication.topic,
            payload: publication.payload,
            qos: publication.importance == .retainedSample ? .atMostOnce : .atLeastOnce,
            isRetained: publication.importance != .notice,
            properties: properties
        )
    }
}

/// Somebody who wants to know that the broker has a publication.
public struct Receipt: Sendable, Equatable {
    private let ticket: UInt64
    private let action: @Sendable () -> Void

    init(ticket: UInt64, _ action: @escaping @Sendable () -> Void) {
        self.ticket = ticket
        self.action = action
    }

    /// Tells that the publication needs no further try; from any thread.
    public func give() { action() }

    /// Receipts for the same ticket are equal.
    public static func == (left: Receipt, right: Receipt) -> Bool { left.ticket == right.ticket }
}
