import Agent
import Power

/// A group as the interface shows it.
struct GroupView: Encodable {
    let name: String
    let label: String?
    /// In the order of switching on.
    let outlets: [String]
    /// Absent where only its agent knows.
    let stagger: Double?
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
        let members = rules.members.map(\.description)
        self.init(name, label: rules.label, outlets: members, stagger: rules.stagger.inSeconds, reach)
    }

    init(_ name: String, label: String?, outlets: [String], stagger: Double?, _ reach: Reach) {
        self.name = name
        self.label = label
        self.outlets = outlets
        self.stagger = stagger
        maySwitch = reach.maySwitch(.group(name)) ? nil : false
    }
}
