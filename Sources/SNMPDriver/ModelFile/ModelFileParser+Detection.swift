internal import Yams

extension ModelFileParser {
    /// By what a device is known.
    func detection(_ node: Node, _ key: String) -> DetectionRule? {
        let keys = ["sys_object_id", "sys_object_id_exact", "sys_descr", "probe", "priority"]
        let section = reader.section(node, key, keys: keys)
        var rule = DetectionRule()
        for (name, isExact) in [("sys_object_id", false), ("sys_object_id_exact", true)] {
            rule.objectIDs += section.list(name) { template($0, $1, .device) }
                .map { DetectionRule.ObjectID(template: $0, isExact: isExact) }
        }
        rule.descriptions = section.list("sys_descr", reader.text).map { NamePattern($0) }
        rule.probe = section.optional("probe") { template($0, $1, .device) }
        rule.priority = section.optional("priority") { reader.integer($0, $1, -100...100) } ?? 0
        return rule
    }
}
