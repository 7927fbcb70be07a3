public import Power

/// An answer that an earlier process gave to a command with an id.
public struct RecalledAnswer: Sendable {
    /// The outlet.
    public let outlet: OutletID
    /// The command's id.
    public let id: String
    /// The answer.
    public let result: CommandResult

    /// An answer.
    public init(outlet: OutletID, id: String, result: CommandResult) {
        self.outlet = outlet
        self.id = id
        self.result = result
    }
}
