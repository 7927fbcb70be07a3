/// A key as documentation and schema see it.
struct KeyEntry: Sendable {
    /// What holds when the key is not there.
    enum Absence: Sendable, Hashable {
        case refused
        /// A value, written as in a file.
        case value(String)
        /// What happens then, in words.
        case described(String)
    }

    var name: String
    var kind: ValueKind
    var absence: Absence
    /// A value as it may stand in a file, on one line.
    var example: String
    var meaning: String
}
