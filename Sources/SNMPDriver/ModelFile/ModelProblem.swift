/// One thing that is wrong with a model file.
public struct ModelProblem: Sendable, Equatable {
    /// The file's name as it was given.
    public let file: String
    /// The line, from 1; nothing where the problem is not in one place.
    public let line: Int?
    /// The key with those above it, as `control.on.oid`; empty for the file as a whole.
    public let key: String
    /// What is wrong, and what would be right.
    public let message: String
}

extension ModelProblem: CustomStringConvertible {
    /// As `my-pdu.yaml:12: control.oid: what is wrong`.
    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return key.isEmpty ? "\(place): \(message)" : "\(place): \(key): \(message)"
    }
}
