import Foundation
import Testing

@testable import AgentConfiguration

/// The example, the schema for editors and the documentation say what the parser does.
///
/// After a change of the keys, `BUSBAR_UPDATE_REFERENCE=1 swift test --filter ReferenceTests` writes the schema and the
/// tables of the documentation anew.
@Suite struct ReferenceTests {
    private static let example = "config/busbar.example.yaml"
    private static let schema = "config/busbar.schema.json"
    private static let documentation = "docs/configuration.md"
    private static let keys = DocumentedTable.all.flatMap { table in table.entries.map { DocumentedKey(table, $0) } }

    private static let validator = SchemaValidator(root: SchemaGenerator.schema())

    struct DocumentedKey: CustomTestStringConvertible, Sendable {
        let table: DocumentedTable
        let entry: KeyEntry
        var testDescription: String { table.path(of: entry) }

        init(_ table: DocumentedTable, _ entry: KeyEntry) {
            self.table = table
            self.entry = entry
        }
    }

    @Test("the schema file is the one that the parser's key tables make")
    func schemaIsCurrent() throws {
        try check(Self.schema, SchemaGenerator.schema().formatted() + "\n")
    }

    @Test("the documentation has a table for every section, with the parser's keys, types, defaults and ranges")
    func documentationIsCurrent() throws {
        try check(Self.documentation, DocumentationGenerator.fill(try repositoryText(Self.documentation)))
    }

    @Test("the documentation has no table that the parser does not know")
    func documentationHasNoOtherTables() throws {
        let marks = try repositoryText(Self.documentation).matches(of: /<!-- keys: (.+) -->/).map { String($0.1) }
        #expect(Set(marks) == Set(DocumentedTable.all.map(\.mark)))
        #expect(marks.count == DocumentedTable.all.count)
    }

    @Test("the example is taken by the parser without a warning and fits the schema")
    func exampleIsValid() throws {
        let text = try repositoryText(Self.example)
        var warnings: [ConfigurationIssue] = []
        _ = try load(text) { warnings.append($0) }
        #expect(warnings.isEmpty)
        let value = try #require(try YAMLSource(Array(text.utf8)).read())
        #expect(try Self.validator.failures(JSON(value)) == [])
    }

    @Test("the example shows every key, in use or commented out", arguments: keys)
    func exampleIsComplete(_ key: DocumentedKey) throws {
        let pattern = try Regex("(^|[\\s{,#])\(key.entry.name)(:|\\s+[;#]|$)").anchorsMatchLineEndings()
        #expect(try repositoryText(Self.example).firstMatch(of: pattern) != nil || isNamedInComment(key.entry.name))
    }

    @Test("parser and schema take the documented example of a key", arguments: keys)
    func documentedExampleIsTaken(_ key: DocumentedKey) throws {
        let text = key.table.text(key.entry, value: key.entry.example)
        let path = key.table.reportedPath(of: key.entry)
        let context = ReadingContext(sources: Self.sources, fileNames: ["busbar.yaml"])
        let value = try #require(try YAMLSource(Array(text.utf8)).read())
        let section = try #require(Section(Spot(value: value, path: "", context: context), RootKeys.table))
        _ = RootKeys.read(section)
        let complaints = context.issues.filter { issue in
            issue.keyPath.hasPrefix(path)
                && ["expected", "cannot", "unknown key"].contains(where: issue.message.hasPrefix)
        }
        #expect(complaints == [], "\(text)")
        #expect(try Self.validator.failures(JSON(value)).filter { $0 == path } == [])
    }

    @Test("parser and schema refuse a value of another type for a key", arguments: keys)
    func otherTypesAreRefused(_ key: DocumentedKey) throws {
        let text = key.table.text(key.entry, value: "[[]]")
        let path = key.table.reportedPath(of: key.entry)
        let errors = try #require(throws: ConfigurationErrors.self) { try load(text) }
        #expect(errors.issues.contains { $0.keyPath.hasPrefix(path) && $0.message.hasPrefix("expected") }, "\(errors)")
        let value = try #require(try YAMLSource(Array(text.utf8)).read())
        #expect(try Self.validator.failures(JSON(value)).contains { $0.hasPrefix(path) }, "\(text)")
    }

    @Test("parser and schema refuse an unknown key in every section", arguments: DocumentedTable.all.map(\.mark))
    func unknownKeysAreRefused(_ mark: String) throws {
        let table = try #require(DocumentedTable.all.first { $0.mark == mark })
        let unknown = KeyEntry(name: "zzz", kind: .boolean, absence: .refused, example: "", meaning: "")
        let text = table.text(unknown, value: "1")
        let path = table.reportedPath(of: unknown)
        let errors = try #require(throws: ConfigurationErrors.self) { try load(text) }
        #expect(errors.issues.contains { $0.keyPath == path && $0.message.hasPrefix("unknown key") }, "\(errors)")
        let value = try #require(try YAMLSource(Array(text.utf8)).read())
        #expect(try Self.validator.failures(JSON(value)).contains(path), "\(text)")
    }

    /// Sources that have every file and variable.
    private static let sources: ConfigurationSources = {
        var sources = exampleSources
        for key in keys { sources.environment[key.entry.name.uppercased()] = "correct horse battery staple" }
        return sources
    }()

    private func isNamedInComment(_ name: String) throws -> Bool {
        let pattern = try Regex("or  \(name)\\b")
        return try repositoryText(Self.example).firstMatch(of: pattern) != nil
    }

    private func check(_ path: String, _ expected: String) throws {
        if ProcessInfo.processInfo.environment["BUSBAR_UPDATE_REFERENCE"] != nil {
            try expected.write(to: repository.appendingPathComponent(path), atomically: true, encoding: .utf8)
        }
        let actual = try repositoryText(path)
        #expect(actual == expected, "\(path) is not current; run the tests with BUSBAR_UPDATE_REFERENCE=1")
    }
}
