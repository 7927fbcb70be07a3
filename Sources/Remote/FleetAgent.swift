/// What an agent says of itself.
public struct FleetAgent: Sendable, Equatable, Decodable {
    /// The version of Busbar.
    public var version: String?
    /// Why it refuses cycles and delays, while it does.
    public var journalFailure: String?
    /// Its groups, by name.
    public var groups: [String: FleetGroup]?
    /// Its loads, by name.
    public var loads: [String: FleetLoadParts]?

    /// How many bytes it takes.
    var size = 0

    private enum CodingKeys: String, CodingKey {
        case version, groups, loads
        case journalFailure = "journal_failure"
    }

    /// An agent of which nothing is known.
    public init() {}
}

/// What an agent says of a group in its configuration.
public struct FleetGroup: Sendable, Equatable, Decodable {
    /// The name for people.
    public var label: String?
    /// The members in their order, as `bench/1` and `load:server1`.
    public var outlets: [String]

    /// A group.
    public init(label: String? = nil, outlets: [String]) {
        self.label = label
        self.outlets = outlets
    }
}

/// What an agent says of a load in its configuration.
public struct FleetLoadParts: Sendable, Equatable, Decodable {
    /// The name for people.
    public var label: String?
    /// The outlets that feed it, as `bench/1`.
    public var feeds: [String]
    /// The loads that have to be on while it is.
    public var requires: [String]?
    /// Whether its feeds take no commands of their own without `force`.
    public var exclusive: Bool?
}
