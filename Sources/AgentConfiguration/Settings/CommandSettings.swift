/// The keys of `driver: command`: programs that switch and read. No shell is involved.
public struct CommandSettings: Sendable, Equatable {
    /// `on`: the program that switches an outlet on, its path first; `{outlet}` and `{index}` stand for the outlet.
    public var on: [String]
    /// `off`.
    public var off: [String]
    /// `state.run`: the program that prints an outlet's state.
    public var state: [String]
    /// `state.on` and `state.off`.
    public var words: StateWordSettings
}
