@testable import AgentConfiguration

/// Makes the JSON Schema for editors from the parser's key tables.
struct SchemaGenerator {
    static func schema() -> JSON {
        var generator = SchemaGenerator()
        let root = generator.object(RootKeys.table.entries)
        var members: [(key: String, value: JSON)] = [
            (key: "$schema", value: "https://json-schema.org/draft/2020-12/schema"),
            (key: "title", value: "Configuration of busbar agent"),
        ]
        members += root.members ?? []
        members.append((key: "$defs", value: .object(generator.definitions)))
        return .object(members)
    }

    private var definitions: [(key: String, value: JSON)] = []

    private mutating func object(_ entries: [KeyEntry]) -> JSON {
        var members: [(key: String, value: JSON)] = [(key: "type", value: "object")]
        let required = entries.filter { $0.absence == .refused }.map { JSON.string($0.name) }
        let secrets = entries.compactMap(Self.secretRule)
        if required.isEmpty { members[0].value = ["object", "null"] }
        if !required.isEmpty { members.append((key: "required", value: .array(required))) }
        members.append((key: "additionalProperties", value: false))
        members.append((key: "properties", value: .object(entries.map { (key: $0.name, value: property($0)) })))
        if !secrets.isEmpty { members.append((key: "allOf", value: .array(secrets))) }
        return .object(members)
    }

    /// A secret is given in one of two ways.
    private static func secretRule(_ entry: KeyEntry) -> JSON? {
        guard case .secret(let isRequired, _) = entry.kind else { return nil }
        let (inline, file) = (JSON.string(entry.name), JSON.string("\(entry.name)_file"))
        return isRequired
            ? ["oneOf": [["required": [inline]], ["required": [file]]]] : ["not": ["required": [inline, file]]]
    }

    private mutating func property(_ entry: KeyEntry) -> JSON {
        var members: [(key: String, value: JSON)] = [(key: "description", value: .string(plain(entry.meaning)))]
        if case .value(let text) = entry.absence {
            members.append((key: "default", value: (try? JSON.parse(text)) ?? .string(text)))
        }
        members += value(entry.kind).members ?? []
        return .object(members)
    }

    private mutating func value(_ kind: ValueKind) -> JSON {
        switch kind {
        case .text, .secretFile: return ["type": "string"]
        case .secret: return ["type": "string", "minLength": 1]
        case .boolean: return ["type": "boolean"]
        case .integer(let range):
            return [
                "type": "integer", "minimum": .number(Double(range.lowerBound)),
                "maximum": .number(Double(range.upperBound)),
            ]
        case .number(let range):
            return ["type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
        case .duration(_, let days):
            let units = days ? "ms|s|m|h|d" : "ms|s|m|h"
            return ["type": "string", "pattern": .string("^[0-9]+([.][0-9]+)?(\(units))$|[$][{]")]
        case .size: return ["type": "string", "pattern": "^[0-9]+(KiB|MiB|GiB)$|[$][{]"]
        case .choice(let words):
            // An unquoted 5 is a number to an editor; the parser takes both.
            let numbers = words.compactMap { Int($0).map { JSON.number(Double($0)) } }
            let choice: JSON = ["enum": .array(words.map { .string($0) } + numbers)]
            return ["anyOf": [choice, ["type": "string", "pattern": "[$][{]"]]]
        case .word: return ["type": ["string", "number", "boolean"]]
        case .snmpValue: return ["type": ["integer", "string"]]
        case .oneOrMore(let element):
            return ["anyOf": [value(element), ["type": "array", "minItems": 1, "items": value(element)]]]
        case .list(let element): return ["type": "array", "minItems": 1, "items": value(element)]
        case .section(let table): return reference(table.name) { $0.object(table.entries) }
        case .map(_, let pattern, let element):
            return [
                "type": ["object", "null"], "additionalProperties": false,
                "patternProperties": .object([(key: pattern, value: value(element))]),
            ]
        case .variants(let common, let key, let variants):
            let words: [JSON] = variants.map { .string($0.word) }
            let choice = JSON.object(key, ["enum": .array(words)])
            var rules: [JSON] = []
            for variant in variants {
                let word = JSON.object(key, ["const": .string(variant.word)])
                let entries = common.entries + variant.table.entries
                let own = reference("\(common.name) \(variant.word)") { $0.object(entries) }
                rules.append(["if": ["properties": word], "then": own])
            }
            return [
                "type": "object", "required": [.string(key)], "properties": choice, "allOf": .array(rules),
            ]
        }
    }

    private mutating func reference(_ name: String, _ make: (inout SchemaGenerator) -> JSON) -> JSON {
        let key = name.replacing("[]", with: "").replacing("<name>", with: "").replacing("<number>", with: "")
            .replacing("..", with: ".").split(whereSeparator: { ". ".contains($0) }).joined(separator: "-")
        if !definitions.contains(where: { $0.key == key }) {
            let index = definitions.count
            definitions.append((key: key, value: .null))
            definitions[index].value = make(&self)
        }
        return ["$ref": .string("#/$defs/\(key)")]
    }

    /// Without the marks of the documentation.
    private func plain(_ text: String) -> String { text.replacing("`", with: "") }
}
