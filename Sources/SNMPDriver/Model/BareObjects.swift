/// A device described by nothing but the objects that switch and tell an outlet, for one that has no model.
public struct BareObjects: Sendable, Hashable {
    /// Where the state is read, and what its values mean.
    public struct State: Sendable, Hashable {
        /// The object without the outlet's number, which is appended, or with `(outlet)` where the number stands.
        public var oid: String
        /// The values that mean on.
        public var on: [ModelValue]
        /// The values that mean off.
        public var off: [ModelValue]

        /// A state object and its values.
        public init(oid: String, on: [ModelValue], off: [ModelValue]) {
            self.oid = oid
            self.on = on
            self.off = off
        }
    }

    /// The object that is written, as `State.oid`.
    public var oid: String
    /// The value that switches on.
    public var on: ModelValue
    /// The value that switches off.
    public var off: ModelValue
    /// The type in which they are written; nothing for `integer` with numbers and `octets` with texts.
    public var type: WireType?
    /// Without it the written object is read back, and its values mean what they mean when written.
    public var state: State?

    /// A bare description.
    public init(oid: String, on: ModelValue, off: ModelValue, type: WireType? = nil, state: State? = nil) {
        self.oid = oid
        self.on = on
        self.off = off
        self.type = type
        self.state = state
    }
}
