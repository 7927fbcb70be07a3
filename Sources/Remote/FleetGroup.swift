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
