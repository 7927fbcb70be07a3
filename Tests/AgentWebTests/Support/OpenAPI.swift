import Foundation
import Testing
import Yams

/// An OpenAPI description, as far as answers are checked against it.
struct OpenAPI {
    private let document: [String: Any]

    init(_ text: String) throws {
        document = try #require(try Yams.load(yaml: text) as? [String: Any])
    }

    /// Method and path of everything described, sorted.
    var operations: [String] {
        let paths = document["paths"] as? [String: [String: Any]] ?? [:]
        return paths.flatMap { path, methods in methods.keys.map { "\($0) \(path)" } }.sorted()
    }

    /// Checks that an answer is one of those described.
    func check(_ answer: TestClient.Answer, of operation: String) throws {
        let words = operation.split(separator: " ")
        let paths = document["paths"] as? [String: [String: [String: Any]]]
        let described = try #require(paths?[String(words[1])]?[String(words[0])], "\(operation)")
        let responses = described["responses"] as? [String: Any]
        let response = try #require(
            resolve(responses?["\(answer.status)"]),
            "\(operation) answers \(answer.status): \(answer.text)"
        )
        let content = response["content"] as? [String: [String: Any]]
        let type = try #require(content?[answer.type], "\(operation) answers with \(answer.type)")
        guard let schema = type["schema"] else { return }
        let value = try JSONSerialization.jsonObject(with: Data(answer.text.utf8))
        check(value, schema, at: "\(operation) \(answer.status)")
    }

    private func resolve(_ node: Any?) -> [String: Any]? {
        guard let object = node as? [String: Any] else { return nil }
        guard let reference = object["$ref"] as? String else { return object }
        var target: Any? = document
        for step in reference.dropFirst(2).split(separator: "/") { target = (target as? [String: Any])?[String(step)] }
        return resolve(target)
    }

    private func check(_ value: Any, _ schema: Any, at place: String) {
        guard let schema = resolve(schema) else {
            Issue.record("\(place): no such schema")
            return
        }
        let types = schema["type"] as? [String] ?? (schema["type"] as? String).map { [$0] } ?? []
        #expect(types.isEmpty || types.contains { isOf($0, value) }, "\(place): \(value) is none of \(types)")
        if let allowed = schema["enum"] as? [String] {
            #expect(allowed.contains(value as? String ?? ""), "\(place): \(value) is none of \(allowed)")
        }
        if let list = value as? [Any], let items = schema["items"] {
            for (index, item) in list.enumerated() { check(item, items, at: "\(place)[\(index)]") }
        }
        guard let object = value as? [String: Any] else { return }
        for key in schema["required"] as? [String] ?? [] {
            #expect(object[key] != nil, "\(place): \(key) is missing")
        }
        let properties = schema["properties"] as? [String: Any] ?? [:]
        for (key, member) in object {
            if let known = properties[key] {
                check(member, known, at: "\(place).\(key)")
            } else if schema["additionalProperties"] as? Bool == false {
                Issue.record("\(place): \(key) is not described")
            } else if let other = schema["additionalProperties"] as? [String: Any] {
                check(member, other, at: "\(place).\(key)")
            }
        }
    }

    private func isOf(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "boolean": value is Bool
        case "integer": value is Int
        case "null": value is NSNull
        case "number": value is Double || value is Int
        default: false
        }
    }
}
