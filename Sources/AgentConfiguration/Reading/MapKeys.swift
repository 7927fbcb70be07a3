import Power

/// How the keys of a mapping are written that are not fixed words.
struct MapKeys<Name: Sendable>: Sendable {
    /// What stands in place of a key in documentation.
    let label: String
    /// A regular expression for the schema.
    let pattern: String
    let expectation: String
    let parse: @Sendable (String) -> Name?
}

extension MapKeys<String> {
    static var names: Self {
        MapKeys(
            label: "name",
            pattern: "^[A-Za-z0-9_-]{1,64}$",
            expectation: "a name of 1 to 64 of A-Z a-z 0-9 _ -",
            parse: { Identifier.isValid($0) ? $0 : nil }
        )
    }
}

extension MapKeys<OutletNumber> {
    static var outlets: Self {
        MapKeys(
            label: "number",
            pattern: "^[1-9][0-9]{0,3}$",
            expectation: "the outlet's number on the device (1 to \(OutletNumber.maximum))",
            parse: { OutletNumber(topicLevel: $0) }
        )
    }
}
