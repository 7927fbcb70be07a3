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
