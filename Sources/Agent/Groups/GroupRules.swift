public import Power

/// What the configuration says about a group of outlets.
public struct GroupRules: Sendable, Equatable {
    /// What to do with the rest when one outlet does not end as it should.
    public enum OnFailure: String, Sendable, Hashable, CaseIterable {
        /// Go on with the others.
        case `continue`
        /// Leave the others alone.
        case stop
    }

    /// The outlets in the order of switching on; switching off goes the other way.
    public var outlets: [OutletID]
    /// The time from one outlet's start to the next one's.
    public var stagger: Duration
    /// What to do with the rest when one fails.
    public var onFailure: OnFailure
    /// The name for people.
    public var label: String?

    /// A group.
    public init(
        outlets: [OutletID],
        stagger: Duration = .milliseconds(500),
        onFailure: OnFailure = .continue,
        label: String? = nil
    ) {
        self.outlets = outlets
        self.stagger = stagger
        self.onFailure = onFailure
        self.label = label
    }
}
