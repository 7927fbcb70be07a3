/// The rules for topic names and topic filters (MQTT 5, section 4.7).
enum Topic {
    static func isValidName(_ topic: String) -> Bool {
        !topic.isEmpty && topic.utf8.count <= 65_535
            && topic.utf8.allSatisfy { $0 != 0 && $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "#") }
    }

    static func isValidFilter(_ filter: String) -> Bool {
        guard !filter.isEmpty, isValidText(filter) else { return false }
        let levels = filter.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return levels.enumerated().allSatisfy { index, level in
            if level.contains(UInt8(ascii: "#")) { return level.count == 1 && index == levels.count - 1 }
            return !level.contains(UInt8(ascii: "+")) || level.count == 1
        }
    }

    /// Whether a text fits into a packet.
    static func isValidText(_ text: String) -> Bool { text.utf8.count <= 65_535 && !text.utf8.contains(0) }

    /// As much of a topic of unknown origin as belongs into an error.
    static func shown(_ topic: String) -> String {
        topic.utf8.count <= 200 ? topic : String(topic.prefix(200)) + "…"
    }
}
