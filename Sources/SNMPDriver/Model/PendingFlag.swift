/// An object beside the state that tells whether a command is still to be carried out.
struct PendingFlag: Sendable, Hashable {
    let object: OIDTemplate
    /// The values that say yes.
    let values: [ModelValue]
}
