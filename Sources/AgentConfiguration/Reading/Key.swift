/// A key, declared once: what is read, what holds without it, and what people are told of it.
struct Key<Value: Sendable>: Sendable {
    /// What holds when the key is not there.
    enum Absence: Sendable {
        case required
        case value(Value)
        /// Nothing, which is described in words.
        case optional(String)
        /// A section whose keys all have defaults is read as if it were empty.
        case empty
    }

    let name: String
    let form: Form<Value>
    let absence: Absence
    let entry: KeyEntry

    init(_ name: String, _ form: Form<Value>, _ absence: Absence, example: String, _ meaning: String) {
        self.name = name
        self.form = form
        self.absence = absence
        let shown: KeyEntry.Absence =
            switch absence {
            case .required: .refused
            case .value(let value): .value(form.show(value))
            case .optional(let description): .described(description)
            case .empty: .described("its defaults")
            }
        self.entry = KeyEntry(name: name, kind: form.kind, absence: shown, example: example, meaning: meaning)
    }

    /// What to say where the key is missing.
    var requirement: String {
        switch form.kind {
        case .section, .list, .map, .variants: "this key is required"
        default: "this key is required: \(form.expectation)"
        }
    }
}
