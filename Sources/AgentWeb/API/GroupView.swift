import Agent
import Power

/// A group as the interface shows it.
struct GroupView: Encodable {
    let name: String
    let label: String?
    /// In the order of switching on.
    let outlets: [String]
    let stagger: Double
    /// `false` where whoever asks may not switch it; absent otherwise.
    let maySwitch: Bool?

    private enum CodingKeys: String, CodingKey {
        case name
        case label
        case outlets
        case stagger = "stagger_s"
        case maySwitch = "may_switch"
    }

    init(_ name: String, _ rules: GroupRules, _ reach: Reach) {
        self.name = name
        label = rules.label
        outlets = rules.members.map(\.description)
        stagger = rules.stagger.inSeconds
        maySwitch = reach.maySwitch(.group(name)) ? nil : false
    }
}
