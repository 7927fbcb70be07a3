/// `state.on` and `state.off` of drivers that read text.
enum StateWordKeys {
    static let on = Key(
        "on",
        Form<[String]>.oneOrMore(.word),
        .required,
        example: "[on, \"1\"]",
        "The word, or the words, that mean on, in either case."
    )
    static let off = Key(
        "off",
        Form<[String]>.oneOrMore(.word),
        .required,
        example: "[off, \"0\"]",
        "The word, or the words, that mean off. Every other answer is neither."
    )

    static let entries = [on.entry, off.entry]

    static func read(_ section: Section) -> StateWordSettings? {
        let on = section[on]
        let off = section[off]
        guard let on, let off else { return nil }
        let known = Set(on.map { $0.lowercased() })
        if let both = off.first(where: { known.contains($0.lowercased()) }) {
            section.report(Self.off.name, "\(both.quoted) means on already")
        }
        return StateWordSettings(on: on, off: off)
    }
}
