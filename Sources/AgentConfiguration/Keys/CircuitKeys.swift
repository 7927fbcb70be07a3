/// `circuits.<name>`.
enum CircuitKeys {
    static let maximumSwitchOnsPerSecond = Key(
        "max_switch_ons_per_second",
        Form<Double>.number(0.01...100),
        .required,
        example: "2",
        "How many outlets of the circuit may be switched on in a second; further ones wait."
    )

    static let table = KeyTable("circuits.<name>", [maximumSwitchOnsPerSecond.entry])

    static func read(_ section: Section) -> CircuitSettings? {
        section.context.fleet.circuits.insert(section.name)
        return section[maximumSwitchOnsPerSecond].map {
            CircuitSettings(name: section.name, maximumSwitchOnsPerSecond: $0)
        }
    }

    /// A reference to a circuit, on a PDU and on an outlet.
    static func reference(_ absence: String) -> Key<String> {
        Key(
            "circuit",
            Form<String>.name,
            .optional(absence),
            example: "fuse-7",
            "The circuit in `circuits` that it hangs on."
        )
    }

    static func read(_ key: Key<String>, in section: Section) -> String? {
        guard let name = section[key] else { return nil }
        let circuits = section.context.fleet.circuits
        if !circuits.contains(name) {
            let nearest = section.context.suggestion(for: name) { circuits.sorted() }
            section.report(key.name, "there is no circuit \(name.quoted) in circuits\(nearest)")
        }
        return name
    }
}
