public import Power

/// Outlets that take commands together.
public struct GroupSettings: Sendable, Equatable {
    /// What happens to the rest when an outlet fails.
    public enum FailurePolicy: String, Sendable, Hashable, CaseIterable {
        /// The others are switched all the same.
        case `continue`
        /// The others are left alone.
        case stop
    }

    /// The key in `groups`: 1 to 64 of `A-Z a-z 0-9 _ -`.
    public var name: String
    /// `label`: a name for people.
    public var label: String?
    /// `outlets`, in the order of switching; at least one, none twice, all of PDUs and loads in the file.
    public var members: [GroupMember]
    /// `stagger`: the pause between two outlets.
    public var stagger: Duration
    /// `on_failure`.
    public var onFailure: FailurePolicy
}
