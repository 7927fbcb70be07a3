/// The words by which a device says on and off.
public struct StateWordSettings: Sendable, Equatable {
    /// `state.on`.
    public var on: [String]
    /// `state.off`; none of them is among `on`, in either case.
    public var off: [String]
}
