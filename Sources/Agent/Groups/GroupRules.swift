public import Power

/// What the configuration says about a group of outlets and loads.
public struct GroupRules: Sendable, Equatable {
    /// What to do with the rest when one outlet does not end as it should.
    public enum OnFailure: String, Sendable, Hashable, CaseIterable {
        /// Go on with the others.
        case `continue`
        /// Leave the others alone.
        case stop
    }

    /// The outlets and loads in the order of switching on; switching off goes the other way.
    public var members: [GroupMember]
    /// The time from one outlet's start to the next one's.
    public var stagger: Duration
    /// What to do with the rest when one fails.
    public var onFailure: OnFailure
    /// The name for people.
    public var label: String?

    /// The outlets among its members.
    public var outlets: [OutletID] { members.compactMap(\.outlet) }

    /// A group of outlets.
    public init(
        outlets: [OutletID],
        stagger: Duration = .milliseconds(500),
        onFailure: OnFailure = .continue,
        label: String? = nil
    ) {
        self.init(members: outlets.map { .outlet($0) }, stagger: stagger, onFailure: onFailure, label: label)
    }

    /// A group.
    public init(
        members: [GroupMember],
        stagger: Duration = .milliseconds(500),
        onFailure: OnFailure = .continue,
        label: String? = nil
    ) {
        self.members = members
        self.stagger = stagger
        self.onFailure = onFailure
        self.label = label
    }
}
