public import Power

/// What the configuration says about a load: one thing that several outlets feed.
public struct LoadRules: Sendable, Equatable {
    /// The outlets that feed it, in the order in which they are commanded.
    public var feeds: [OutletID]
    /// The name for people.
    public var label: String?
    /// The time from one feed's switch to the next one's; zero for all at once.
    public var stagger: Duration
    /// Whether the feeds' outlets take no commands of their own without `force`.
    public var isExclusive: Bool
    /// The loads that have to be on while this one is.
    public var requires: [String]
    /// How long a `CYCLE` leaves it off when the command does not say; without it the longest of its feeds'.
    public var offTime: Duration?
    /// How long the agent tries to carry out a command before it gives up; without it each feed's own.
    public var limit: Duration?

    /// A load.
    public init(
        feeds: [OutletID],
        label: String? = nil,
        stagger: Duration = .zero,
        isExclusive: Bool = false,
        requires: [String] = [],
        offTime: Duration? = nil,
        limit: Duration? = nil
    ) {
        self.feeds = feeds
        self.label = label
        self.stagger = stagger
        self.isExclusive = isExclusive
        self.requires = requires
        self.offTime = offTime
        self.limit = limit
    }
}

/// What a load is, by what its feeds were read as.
public enum LoadState: String, Sendable, Hashable, CaseIterable, Codable {
    /// Every feed is on.
    case on = "ON"
    /// Every feed is off.
    case off = "OFF"
    /// Some are on and some are off: it has power, and less of it than it should.
    case mixed = "MIXED"

    /// The state of a load by its feeds' states; nothing while one of them is not known.
    init?(_ feeds: some Collection<PowerState?>) {
        let known = feeds.compactMap(\.self)
        guard known.count == feeds.count, let first = known.first else { return nil }
        self = known.contains(first.opposite) ? .mixed : first == .on ? .on : .off
    }
}

/// What is known of a load at one moment, for people and programs that ask.
public struct LoadSnapshot: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// What the configuration says about it.
    public let rules: LoadRules
    /// What it is; nothing while one of its feeds was not read.
    public let state: LoadState?
    /// Whether every PDU that feeds it can be read; nothing while that is not known.
    public let isOnline: Bool?
}
