import Credentials

/// `users.<name>`.
enum UserKeys {
    static let role = Key(
        "role",
        Form<UserSettings.Role>.choice(),
        .required,
        example: "operate",
        "What the user may do at most: read `metrics` and nothing else, `view`, `operate` (switch), or `admin`."
    )
    static let scope = Key(
        "scope",
        Form<[String]>.oneOrMore(.scope),
        .optional("everything"),
        example: "[\"rack1/*\", \"bench/3\", \"load:server*\", \"group:rack-a\"]",
        "What the user sees and switches: `rack1/*` or `rack1` for a PDU, `rack1/3`, `load:name`, `group:name`, `*`. In "
            + "names, `*` stands for any characters. The role `admin` reaches everything."
    )
    static let force = Key(
        "force",
        Form<Bool>.boolean,
        .value(false),
        example: "true",
        "Whether the user's commands may carry `force`, which switches protected outlets. The role `admin` may."
    )
    static let passwordHash = Key(
        "password_hash",
        Form<PasswordHash>.passwordHash,
        .optional("no password"),
        example:
            "\"$scrypt$ln=15,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"",
        "Of the password that a person gives on the page, as `busbar user add` writes it."
    )
    static let tokenHash = Key(
        "token_hash",
        Form<[TokenHash]>.oneOrMore(.tokenHash),
        .optional("no token"),
        example: "\"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"",
        "Of the token that a program shows, as `busbar user add` writes it; one or a list."
    )

    static let table = KeyTable(
        "users.<name>",
        [role.entry, scope.entry, force.entry, passwordHash.entry, tokenHash.entry],
        refusals: [
            "password": "unknown key; passwords are kept as hashes: busbar user add makes password_hash",
            "token": "unknown key; tokens are kept as hashes: busbar user add makes token_hash",
        ]
    )

    /// The users of a file, or of the section `users`.
    static let form = Form<[(String, UserSettings)]>.map(.users, .section(table, read: read))

    static func read(_ section: Section) -> UserSettings? {
        let role = section[role]
        let scope = section[scope]
        let force = section[force]
        let passwordHash = section[passwordHash]
        let tokenHashes = section[tokenHash]
        guard let role, let force else { return nil }
        if role == .admin, section.has(Self.scope.name) {
            section.report(Self.scope.name, "the role admin reaches everything; leave it out, or write role: operate")
        }
        if force, role < .operate {
            section.report(Self.force.name, "the role \(role.rawValue) switches nothing, so it has no use for force")
        }
        if role == .metrics, section.has(Self.scope.name) {
            section.report(Self.scope.name, "the metrics are of the whole agent; leave it out, or write role: view")
        }
        return UserSettings(
            role: role,
            scope: scope ?? ["*"],
            mayForce: force,
            passwordHash: passwordHash,
            tokenHashes: tokenHashes ?? []
        )
    }

    /// The users of the configuration and of the file that it names; nothing where there is talk of neither.
    static func read(_ root: Section, inline: Key<[(String, UserSettings)]>, file: Key<String>) -> [String:
        UserSettings]?
    {
        guard root.has(inline.name) || root.has(file.name) else { return nil }
        var users = root[inline] ?? []
        if let path = root[file] { users += read(path, root, file) }
        return Dictionary(users) { first, second in
            root.report(file.name, "a user of this file is under users too; each name may be used once")
            return first
        }
    }

    private static func read(_ path: String, _ root: Section, _ file: Key<String>) -> [(String, UserSettings)] {
        let contents: FileContents
        switch root.context.read(path, limit: ConfigurationFile.maximumSize) {
        case .success(let read): contents = read
        case .failure(let problem):
            // Nobody is let in by a file that is not there, so it is no danger.
            root.report(
                file.name,
                "cannot read \(path.quoted): \(problem.message); until it can be read it names nobody, and busbar user add "
                    + "makes it",
                severity: .warning
            )
            return []
        }
        if contents.isWorldReadable {
            root.report(
                file.name,
                "every user of this host may read \(path.quoted); use chmod 600",
                severity: .warning
            )
        }
        let context = ReadingContext(sources: root.context.sources, fileNames: [path])
        defer { root.context.take(context.issues) }
        do {
            guard let value = try YAMLSource(contents.bytes).read(), value.kind != .nothing else { return [] }
            return form.read(Spot(value: value, path: "", context: context)) ?? []
        } catch {
            context.report(error.message, path: "", at: error.location)
            return []
        }
    }
}

/// `web.proxy_login`.
enum ProxyLoginKeys {
    static let header = Key(
        "header",
        Form<String>.headerName,
        .value("Remote-User"),
        example: "Remote-User",
        "The header in which the proxy writes the user's name. The proxy has to take it away from what clients send."
    )
    static let defaultRole = Key(
        "default_role",
        Form<UserSettings.Role>.choice(),
        .optional("not let in"),
        example: "view",
        "What somebody may do at most who is none of the `users`."
    )
    static let defaultScope = Key(
        "default_scope",
        Form<[String]>.oneOrMore(.scope),
        .optional("everything"),
        example: "[\"rack1/*\"]",
        "What somebody sees and switches who is none of the `users`, as `users.<name>.scope`."
    )
    static let table = KeyTable("web.proxy_login", [header.entry, defaultRole.entry, defaultScope.entry])

    static func read(_ section: Section) -> ProxyLoginSettings? {
        let header = section[header]
        let role = section[defaultRole]
        let scope = section[defaultScope]
        if section.has(defaultScope.name), !section.has(defaultRole.name) {
            section.report(defaultScope.name, "this needs default_role too")
        }
        guard let header else { return nil }
        return ProxyLoginSettings(header: header, defaultRole: role, defaultScope: scope ?? ["*"])
    }
}

extension MapKeys<String> {
    /// Names of users, as they may stand in a topic.
    static var users: Self {
        MapKeys(
            label: "name",
            pattern: "^[A-Za-z0-9_.@-]{1,64}$",
            expectation: "a user's name of 1 to 64 of A-Z a-z 0-9 _ . @ -",
            parse: { UserSettings.isName($0) ? $0 : nil }
        )
    }
}

extension Form<String> {
    /// A piece of a scope. What it means is the agent's to say; here it is looked at letter by letter.
    static var scope: Self {
        let expectation = "a piece of a scope, such as rack1/*, rack1/3, load:server*, group:rack-a or *"
        return text("scope", expecting: expectation) { UserSettings.isScope($0) ? $0 : nil }
    }

    static var headerName: Self {
        text("header", expecting: "the name of a header, such as Remote-User") { text in
            let isName =
                (1...64).contains(text.utf8.count)
                && text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || UserSettings.isLetter($0) }
            return isName ? text : nil
        }
    }
}

extension Form<PasswordHash> {
    static var passwordHash: Self {
        hash("a hash of a password, as busbar user add writes it: $scrypt$ln=15,r=8,p=1$…") { PasswordHash($0) }
    }
}

extension Form<TokenHash> {
    static var tokenHash: Self {
        hash("a hash of a token, as busbar user add writes it: sha256: and 64 hexadecimal digits") { TokenHash($0) }
    }
}

extension Form {
    /// A hash; what is wrong with one is not shown, as it may be the secret itself.
    fileprivate static func hash(_ expectation: String, parse: @escaping @Sendable (String) -> Value?) -> Self {
        Form(.text("hash"), expecting: expectation) { spot in
            guard let text = spot.text(expecting: expectation) else { return nil }
            guard let value = parse(text) else {
                spot.report("expected \(expectation)")
                return nil
            }
            return value
        }
    }
}
