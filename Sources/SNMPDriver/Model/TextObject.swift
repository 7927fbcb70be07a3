/// An object that holds a text for people.
struct TextObject: Sendable, Hashable {
    let object: OIDTemplate
    let packed: PackedList?
}
