import Agent
import Power

/// A load as the interface shows it.
struct LoadView: Encodable {
    let name: String
    let label: String?
    let feeds: [String]
    /// `ON`, `OFF` or `MIXED`; absent while one of its feeds was not read.
    let state: String?
    /// Absent while it is not known whether every PDU that feeds it answers.
    let online: Bool?
    let exclusive: Bool
    let requires: [String]
    /// Absent where only its agent knows.
    let stagger: Double?
    /// `false` where whoever asks may not switch it; absent otherwise.
    let maySwitch: Bool?

    private enum CodingKeys: String, CodingKey {
        case name, label, feeds, state, online, exclusive, requires
        case stagger = "stagger_s"
        case maySwitch = "may_switch"
    }

    init(_ load: LoadSnapshot, _ reach: Reach) {
        name = load.name
        label = load.rules.label
        feeds = load.rules.feeds.map(\.description)
        state = load.state?.rawValue
        online = load.isOnline
        exclusive = load.rules.isExclusive
        requires = load.rules.requires
        stagger = load.rules.stagger.inSeconds
        maySwitch = reach.maySwitch(.load(load.name)) ? nil : false
    }
}
