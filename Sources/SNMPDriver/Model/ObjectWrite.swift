/// One value that is written to one object.
struct ObjectWrite: Sendable, Hashable {
    let object: OIDTemplate
    let type: WireType
    let value: ModelValue
}
