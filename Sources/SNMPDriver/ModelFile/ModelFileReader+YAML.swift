internal import Yams

extension ModelFileReader {
    /// Notes why a text is not YAML at all.
    func report(yamlProblem error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            report("is not YAML: \(problem)", line: mark.line)
        case .duplicatedKeysInMapping(let duplicates, let context):
            report("has a key twice: \(Self.list(duplicates.sorted()))", line: context.mark.line)
        default:
            report("is not YAML: \(error)", line: nil)
        }
    }
}
