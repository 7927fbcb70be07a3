/// `web.socket`.
enum SocketFileKeys {
    /// Bytes: the agent makes the socket at a path that is a little longer, and an address has 108 (unix(7)).
    private static let longestPath = 100

    static let path = Key(
        "path",
        Form<String>.path,
        .required,
        example: "/run/busbar/web.sock",
        "Where the socket's file is, at most \(longestPath) bytes. Its folder has to be there, and the agent's user has to be allowed to "
            + "write to it."
    )
    static let group = Key(
        "group",
        Form<String>.text(limit: 64),
        .optional("the agent's user and root alone"),
        example: "www-data",
        "The group whose members may connect too. The agent's user has to be in it."
    )
    static let user = Key(
        "user",
        Form<String>.text(limit: 64),
        .optional("everybody has to show something, as at `listen`"),
        example: "operator",
        "As which of the `users` everybody asks at the socket who shows nothing else."
    )
    static let table = KeyTable("web.socket", [path.entry, group.entry, user.entry])

    static func read(_ section: Section) -> SocketFileSettings? {
        let path = section[path]
        let group = section[group]
        let user = section[user]
        if let path, path.utf8.count > longestPath {
            section.report(Self.path.name, "a socket's path has at most \(longestPath) bytes")
        }
        if section.has(Self.user.name), !section.context.hasUsers {
            section.report(
                Self.user.name,
                "users (or users_file) is required: who is meant, as users: { operator: { role: operate } }"
            )
        }
        return path.map { SocketFileSettings(path: $0, group: group, user: user) }
    }
}
