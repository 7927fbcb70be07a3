@testable import AgentConfiguration

extension JSON {
    /// What an editor that reads YAML 1.2 makes of a value of the file.
    init(_ value: YAMLValue) {
        switch value.content {
        case .mapping(let entries): self = .object(entries.map { (key: $0.key, value: JSON($0.value)) })
        case .list(let elements): self = .array(elements.map { JSON($0) })
        case .scalar(let text, _):
            switch value.kind {
            case .nothing: self = .null
            case .boolean: self = .boolean(text.lowercased() == "true")
            case .number: self = Double(text).map { .number($0) } ?? .string(text)
            default: self = .string(text)
            }
        }
    }

    /// Reads JSON, which is YAML too.
    static func parse(_ text: String) throws -> JSON {
        guard let value = try YAMLSource(Array(text.utf8)).read() else { return .null }
        return JSON(value)
    }
}
