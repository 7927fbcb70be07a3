/// The keys of `driver: command`.
enum CommandKeys {
    private static let places = "In arguments `{outlet}` stands for the outlet's number, `{index}` for one less."

    static let on = program(
        "on",
        example: "[/usr/local/bin/relay, set, \"{outlet}\", \"on\"]",
        "The program that switches an outlet on and ends with code 0: its path, then its arguments. No shell sees "
            + "them. \(places)"
    )
    static let off = program(
        "off",
        example: "[/usr/local/bin/relay, set, \"{outlet}\", \"off\"]",
        "The program that switches an outlet off."
    )
    static let run = program(
        "run",
        example: "[/usr/local/bin/relay, get, \"{outlet}\"]",
        "The program that prints an outlet's state: a word of `on` or of `off`, alone or among other words."
    )
    static let state = Key(
        "state",
        Form<([String], StateWordSettings)>.section(stateTable) { section in
            let run = section[run]
            let words = StateWordKeys.read(section)
            guard let run, let words else { return nil }
            return (run, words)
        },
        .required,
        example: "{ run: [/usr/local/bin/relay, get, \"{outlet}\"], on: \"on\", off: \"off\" }",
        "How an outlet is read. A state is published only after the device was read."
    )

    static let table = KeyTable("driver: command", [on.entry, off.entry, state.entry], refusals: refusals)
    static let stateTable = KeyTable("pdus[].state command", [run.entry] + StateWordKeys.entries)

    private static let refusals = ["host": "a program knows where its device is; write it into the arguments"]

    static func read(_ section: Section) -> CommandSettings? {
        let on = section[on]
        let off = section[off]
        let state = section[state]
        if let on, let off, on == off { section.report(Self.off.name, "on and off are the same program") }
        guard let on, let off, let state else { return nil }
        return CommandSettings(on: on, off: off, state: state.0, words: state.1)
    }

    private static func program(_ name: String, example: String, _ meaning: String) -> Key<[String]> {
        Key(name, Form<[String]>.program, .required, example: example, meaning)
    }
}

extension Form<[String]> {
    /// A program's path, made absolute, and its arguments.
    static var program: Self {
        let words = Form<[String]>.list(.argument)
        return Form(words.kind, expecting: "a list: a program's path, then its arguments") { spot in
            guard var list = words.read(spot), let first = list.first else { return nil }
            guard first.contains("/"), !first.contains("{") else {
                spot.report("expected a program's path with a / in it as first element, found \(first.quoted)")
                return nil
            }
            list[0] = spot.context.absolute(first)
            return list
        }
    }
}

extension Form<String> {
    /// An argument of a program, which may be empty and may hold anything but a zero byte.
    fileprivate static var argument: Self {
        Form(.text("text, at most 4096 bytes"), expecting: "text; put numbers, true and false in quotes") { spot in
            guard let text = spot.text(expecting: "text of at most 4096 bytes") else { return nil }
            guard text.utf8.count <= 4096, !text.utf8.contains(0) else {
                spot.report("expected text of at most 4096 bytes without a zero byte")
                return nil
            }
            return text
        }
    }

    /// A word of an answer: text, a number, `true` or `false`, as it would be printed.
    static var word: Self {
        Form(.word, expecting: "a word, a number, true or false") { spot in
            guard let text = spot.word(expecting: "a word, a number, true or false") else { return nil }
            guard !text.isEmpty, text.utf8.count <= 64, text.allSatisfy({ !$0.isNewline }),
                text.first?.isWhitespace == false, text.last?.isWhitespace == false
            else {
                spot.report("expected a word of 1 to 64 bytes")
                return nil
            }
            return text
        }
    }
}
