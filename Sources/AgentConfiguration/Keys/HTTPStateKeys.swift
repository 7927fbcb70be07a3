/// `state` of a PDU with `driver: http`.
enum HTTPStateKeys {
    struct Reading: Sendable {
        var request: HTTPSettings.Request
        var place: HTTPSettings.Place
        var words: StateWordSettings
    }

    static let pointer = Key(
        "pointer",
        Form<String>.text("JSON pointer", expecting: "a JSON pointer such as /relays/{index}/ison") { text in
            text.hasPrefix("/") && text.utf8.count <= 256 ? text : nil
        },
        .optional("the whole answer"),
        example: "\"/relays/{index}/ison\"",
        "Where in a JSON answer the state stands (RFC 6901)."
    )
    static let after = marker("after", example: "\"<state{outlet}>\"", "The text before the state.")
    static let before = Key(
        "before",
        after.form,
        .optional("the end of the line"),
        example: "\"</state{outlet}>\"",
        "The text behind the state. It needs `after`."
    )

    static let table = KeyTable(
        "pdus[].state http",
        HTTPRequestKeys.entries + [pointer.entry, after.entry, before.entry] + StateWordKeys.entries
    )

    static func read(_ section: Section) -> Reading? {
        let request = HTTPRequestKeys.read(section)
        let pointer = section[pointer]
        let after = section[after]
        let before = section[before]
        let words = StateWordKeys.read(section)
        if section.has(Self.pointer.name), section.has(Self.after.name) {
            section.report(Self.after.name, "there is a pointer too; give one of them")
        }
        if section.has(Self.before.name), !section.has(Self.after.name) {
            section.report(Self.before.name, "there is no after; give it too")
        }
        guard let request, let words else { return nil }
        let place: HTTPSettings.Place =
            if let pointer { .pointer(pointer) } else if let after { .between(after, before) } else { .whole }
        return Reading(request: request, place: place, words: words)
    }

    private static func marker(_ name: String, example: String, _ meaning: String) -> Key<String> {
        Key(name, Form<String>.text(), .optional("the whole answer"), example: example, meaning)
    }
}
