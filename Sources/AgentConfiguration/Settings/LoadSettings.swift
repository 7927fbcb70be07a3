public import Power

/// One thing that several outlets feed.
public struct LoadSettings: Sendable, Equatable {
    /// The key in `loads`: 1 to 64 of `A-Z a-z 0-9 _ -`.
    public var name: String
    /// `label`: a name for people.
    public var label: String?
    /// `feeds`, in the order of switching; at least one, none twice, none in another load, all of PDUs in the file.
    public var feeds: [OutletID]
    /// `stagger`: the pause between two feeds; zero for all at once.
    public var stagger: Duration
    /// `exclusive`: whether the feeds' outlets take no commands of their own without `force`.
    public var isExclusive: Bool
    /// `requires`: the loads that have to be on while this one is; all in the file, without a circle.
    public var requires: [String]
    /// `cycle.off_time`; nothing for the longest of its feeds'.
    public var offTime: Duration?
    /// `command.limit`; nothing for each feed's own.
    public var limit: Duration?
}
