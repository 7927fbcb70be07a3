/// One value that is written to one object.
struct ObjectWrite: Sendable, Hashable {
    /// What is written.
    enum Value: Sendable, Hashable {
        case fixed(ModelValue)
        /// The delay of a delayed action, in seconds.
        case seconds
    }

    let object: OIDTemplate
    let type: WireType
    let value: Value
}
