/// The keys of `driver: http`.
enum HTTPKeys {
    static let on = Key(
        "on",
        Form<HTTPSettings.Request>.section(HTTPRequestKeys.table, read: HTTPRequestKeys.read),
        .required,
        example: "{ url: \"http://192.0.2.40/relay/{index}?turn=on\" }",
        "The request that switches an outlet on. A status of 200 to 299 means that it was accepted; redirects are not "
            + "followed."
    )
    static let off = Key(
        "off",
        on.form,
        .required,
        example: "{ url: \"http://192.0.2.40/relay/{index}?turn=off\" }",
        "The request that switches an outlet off."
    )
    static let state = Key(
        "state",
        Form<HTTPStateKeys.Reading>.section(HTTPStateKeys.table, read: HTTPStateKeys.read),
        .required,
        example: "{ url: \"http://192.0.2.40/relay/{index}\", pointer: /ison, on: true, off: false }",
        "How an outlet is read. A state is published only after the device was read."
    )
    static let username = Key(
        "username",
        Form<String>.text("text, 1 to 64 bytes", expecting: "text of 1 to 64 bytes without colons") { text in
            (1...64).contains(text.utf8.count) && !text.contains(":") ? text : nil
        },
        .optional("none"),
        example: "admin",
        "The name that the device asks for (basic authentication). It needs `password`."
    )
    static let password = SecretKey("password", .described("none"), "The password. It needs `username`.")
    static let token = SecretKey("token", .described("none"), "The bearer token that the device asks for.")

    static let table = KeyTable(
        "driver: http",
        [on.entry, off.entry, state.entry, username.entry] + password.entries + token.entries,
        refusals: ["host": "a URL names the host", "port": "a URL names the port"]
    )

    static func read(_ section: Section) -> HTTPSettings? {
        let on = section[on]
        let off = section[off]
        let state = section[state]
        let access = readAccess(section)
        if let on, on == off { section.report(Self.off.name, "on and off are the same request") }
        guard let on, let off, let state else { return nil }
        return HTTPSettings(
            on: on,
            off: off,
            state: state.request,
            place: state.place,
            words: state.words,
            access: access
        )
    }

    private static func readAccess(_ section: Section) -> HTTPSettings.Access? {
        let username = section[username]
        let password = section.secret(password)
        let token = section.secret(token)
        if section.has(Self.username.name) != section.has(Self.password) {
            let missing = section.has(Self.username.name) ? "password or password_file" : "username"
            let name = [Self.username.name, Self.password.name, Self.password.fileName].first(where: section.has)
            section.report(name ?? Self.username.name, "a login needs \(missing) too")
        }
        if section.has(Self.token), section.has(Self.username.name) {
            section.report(Self.username.name, "there is a token too; give one of them")
        }
        if let username, let password { return .basic(username: username, password: password) }
        return token.map { .bearer($0) }
    }
}
