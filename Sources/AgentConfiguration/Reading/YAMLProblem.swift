/// Why there is nothing to read.
struct YAMLProblem: Error {
    var location: SourceLocation
    var message: String
}
