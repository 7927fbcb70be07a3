/// What is known of a load: one thing that several outlets feed.
public struct FleetLoad: Sendable, Equatable {
    static let words: Set<String> = ["ON", "OFF", "MIXED"]

    /// `ON`, `OFF` or `MIXED`; nothing while not every feed was read.
    public var state: String?
    /// Whether every PDU that feeds it can be read; nothing while nobody has said so.
    public var isOnline: Bool?

    /// A load of which nothing is known.
    public init() {}
}
