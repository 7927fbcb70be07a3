/// Checks a value against the part of JSON Schema 2020-12 that the schema of the configuration uses.
struct SchemaValidator {
    /// A keyword that this validator does not know, which would make its verdict worthless.
    struct UnknownKeyword: Error {
        var name: String
    }

    private static let annotations: Set = ["$schema", "$defs", "title", "description", "default"]

    let root: JSON

    /// The paths, written as the parser writes them, at which the value does not fit.
    func failures(_ value: JSON, _ schema: JSON? = nil, at path: String = "") throws -> [String] {
        var failures: [String] = []
        for (keyword, rule) in (schema ?? root).members ?? [] where !Self.annotations.contains(keyword) {
            failures += try check(keyword, rule, value, path, in: schema ?? root)
        }
        return failures
    }

    private func check(_ keyword: String, _ rule: JSON, _ value: JSON, _ path: String, in schema: JSON) throws
        -> [String]
    {
        switch keyword {
        case "$ref":
            let name = rule.string?.split(separator: "/").last.map(String.init) ?? ""
            return try root["$defs"]?[name].map { try failures(value, $0, at: path) } ?? [path]
        case "type": return (rule.array ?? [rule]).contains { isType(value, $0.string) } ? [] : [path]
        case "enum": return rule.array?.contains(value) ?? false ? [] : [path]
        case "const": return rule == value ? [] : [path]
        case "minimum": return value.number.map { $0 >= rule.number ?? 0 } ?? true ? [] : [path]
        case "maximum": return value.number.map { $0 <= rule.number ?? 0 } ?? true ? [] : [path]
        case "minLength": return value.string.map { Double($0.count) >= rule.number ?? 0 } ?? true ? [] : [path]
        case "minItems": return value.array.map { Double($0.count) >= rule.number ?? 0 } ?? true ? [] : [path]
        case "pattern": return try value.string.map { try matches($0, rule) } ?? true ? [] : [path]
        case "required":
            guard let members = value.members else { return [] }
            let missing = (rule.array ?? []).compactMap(\.string).filter { name in !members.contains { $0.key == name }
            }
            return missing.map { "\(join(path, $0)) (missing)" }
        case "properties":
            return try members(value) { key in rule[key] }.flatMap { try failures($1, $2, at: join(path, $0)) }
        case "patternProperties":
            return try members(value) { key in try rule.members?.first { try matches(key, .string($0.key)) }?.value }
                .flatMap { try failures($1, $2, at: join(path, $0)) }
        case "additionalProperties":
            return try (value.members ?? []).map(\.key).filter { key in
                let matchesPattern = try schema["patternProperties"]?.members?.contains {
                    try matches(key, .string($0.key))
                }
                return schema["properties"]?[key] == nil && matchesPattern != true
            }.map { join(path, $0) }
        case "items":
            return try (value.array ?? []).enumerated().flatMap { try failures($1, rule, at: "\(path)[\($0)]") }
        case "allOf": return try (rule.array ?? []).flatMap { try failures(value, $0, at: path) }
        case "anyOf":
            let all = try (rule.array ?? []).map { try failures(value, $0, at: path) }
            return all.contains(where: \.isEmpty) ? [] : [path]
        case "oneOf":
            let fitting = try (rule.array ?? []).filter { try failures(value, $0, at: path).isEmpty }
            return fitting.count == 1 ? [] : [path]
        case "not": return try failures(value, rule, at: path).isEmpty ? [path] : []
        case "if":
            guard try failures(value, rule, at: path).isEmpty, let then = schema["then"] else { return [] }
            return try failures(value, then, at: path)
        case "then": return []
        default: throw UnknownKeyword(name: keyword)
        }
    }

    private func members(_ value: JSON, _ schema: (String) throws -> JSON?) rethrows -> [(String, JSON, JSON)] {
        try (value.members ?? []).compactMap { key, member in try schema(key).map { (key, member, $0) } }
    }

    private func isType(_ value: JSON, _ name: String?) -> Bool {
        switch (name, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .boolean), ("null", .null),
            ("number", .number):
            true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }

    private func matches(_ text: String, _ pattern: JSON) throws -> Bool {
        try text.firstMatch(of: Regex(pattern.string ?? "")) != nil
    }

    private func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
