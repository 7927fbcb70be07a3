/// Everything that is wrong with a model file, found in one go.
public struct ModelErrors: Error, Sendable, Equatable {
    /// What is wrong, in the order of the file.
    public let problems: [ModelProblem]

    init(_ problems: [ModelProblem]) {
        self.problems = problems
    }
}

extension ModelErrors: CustomStringConvertible {
    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
