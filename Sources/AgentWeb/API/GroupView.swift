import Agent
import Power

/// A group as the interface shows it.
struct GroupView: Encodable {
    let name: String
    let label: String?
    /// In the order of switching on.
    let outlets: [String]
    let stagger: Double

    private enum CodingKeys: String, CodingKey {
        case name
        case label
        case outlets
        case stagger = "stagger_s"
    }

    init(_ name: String, _ rules: GroupRules) {
        self.name = name
        label = rules.label
        outlets = rules.members.map(\.description)
        stagger = rules.stagger.inSeconds
    }
}
