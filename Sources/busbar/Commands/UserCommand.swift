import Agent
import AgentConfiguration
import ArgumentParser
import Credentials
import Foundation
import Glibc

/// `busbar user`: who may do what.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Add, list, rename and remove the users of an agent.",
        discussion: """
            Users stand in the configuration under users, or in the file that users_file names. These commands write that \
            file; where there is none, add prints the entry to put into the configuration. An agent that runs takes it over \
            on SIGHUP (systemctl reload busbar).

            Exit codes: 0 done, 1 the file cannot be read or written, 64 wrong usage, 78 bad configuration.
            """,
        subcommands: [UserAddCommand.self, UserListCommand.self, UserRenameCommand.self, UserRemoveCommand.self]
    )
}

/// Where the users are that a command is about.
struct UserFileOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The agent's configuration file, which may name a file for users.")
    var config = "/etc/busbar/busbar.yaml"

    @Option(help: "The file with the users; else what users_file says.")
    var file: String?

    /// What the configuration says; nothing where the file was named and the configuration does not matter.
    func configuration() throws -> AgentConfiguration? {
        if file != nil || !FileManager.default.fileExists(atPath: config) { return nil }
        return try ConfigurationLoader(path: config).load(tellsWarnings: false)
    }
}

/// `busbar user add`.
struct UserAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a user, or give one other rights or secrets.",
        discussion: """
            With --token it makes a token, prints it once and keeps its hash only. With --password-file it takes the password \
            from a file, with --password it asks for it. With neither the user is known at the broker only, or by a reverse \
            proxy.

            busbar user add ci --role operate --scope 'rack1/*' --scope load:server1 --token
            """
    )

    @Argument(help: "The user's name: 1 to 64 of A-Z a-z 0-9 _ . @ -")
    var name: String

    @Option(help: "metrics, view, operate or admin.")
    var role: String

    @Option(
        parsing: .singleValue,
        help: "What it sees and switches: rack1/*, rack1/3, load:name, group:name. Else everything."
    )
    var scope: [String] = []

    @Flag(help: "Let its commands carry force.")
    var force = false

    @Flag(help: "Make a token for it.")
    var token = false

    @Flag(help: "Ask for its password.")
    var password = false

    @Option(help: "A file with its password.")
    var passwordFile: String?

    @Flag(help: "Print the entry, even where there is a file for users.")
    var print = false

    @OptionGroup var place: UserFileOptions

    func validate() throws {
        guard UserSettings.isName(name) else {
            throw ValidationError("'\(name)' is no user's name: 1 to 64 of A-Z a-z 0-9 _ . @ -")
        }
        let roles = UserSettings.Role.allCases.map(\.rawValue)
        guard let known = UserSettings.Role(rawValue: role) else {
            throw ValidationError("--role must be one of \(roles.joined(separator: ", "))")
        }
        if let wrong = scope.first(where: { !UserSettings.isScope($0) }) {
            throw ValidationError("'\(wrong)' is no scope; write rack1/*, rack1/3, load:server*, group:rack-a or *")
        }
        if !scope.isEmpty, known == .admin || known == .metrics {
            throw ValidationError("the role \(role) has no scope; write --role view or --role operate")
        }
        if force, known < .operate {
            throw ValidationError("the role \(role) switches nothing, so it has no use for --force")
        }
        if password, passwordFile != nil { throw ValidationError("give --password or --password-file, not both") }
    }

    func run() async throws {
        let configuration = try place.configuration()
        var entry = UserFile.Entry(name: name, role: role)
        entry.scope = scope
        entry.force = force
        if let password = try readPassword() { entry.passwordHash = PasswordHash(of: password).description }
        let secret = token ? RandomSecret.token() : nil
        if let secret { entry.tokenHashes = [TokenHash(of: secret).description] }
        let path = print ? nil : place.file ?? configuration?.usersFile
        if let path {
            var file = try UserFile(path: path)
            let isNew = !file.entries.contains { $0.name == name }
            if isNew, configuration?.users?[name] != nil {
                throw ValidationError("'\(name)' stands under users in \(place.config); change it there")
            }
            file.entries.removeAll { $0.name == name }
            file.entries.append(entry)
            try file.write()
            Swift.print("\(isNew ? "added" : "replaced") \(name) in \(path); the agent takes it over on SIGHUP")
        } else {
            Swift.print("users:\n\(entry.text(indent: "  "))", terminator: "")
        }
        if let secret {
            StandardError.write(line: "the token of \(name), which is shown this once:")
            StandardError.write(line: secret)
        }
    }

    private func readPassword() throws -> String? {
        if let passwordFile {
            guard let data = FileManager.default.contents(atPath: passwordFile),
                let text = String(data: data, encoding: .utf8)
            else { throw ValidationError("the password file \(passwordFile) cannot be read") }
            return try Self.checked(String(text.prefix { !$0.isNewline }))
        }
        guard password else { return nil }
        let first = try Self.checked(SecretPrompt.ask("Password for \(name): "))
        guard SecretPrompt.ask("Again: ") == first else { throw ValidationError("the two passwords are not the same") }
        return first
    }

    private static func checked(_ password: String) throws -> String {
        guard (8...PasswordHash.longest).contains(password.utf8.count) else {
            throw ValidationError("a password has 8 to \(PasswordHash.longest) bytes")
        }
        return password
    }
}

/// `busbar user list`.
struct UserListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the users and what they may do."
    )

    @OptionGroup var place: UserFileOptions

    func run() async throws {
        let users: [String: UserSettings]
        if let configuration = try place.configuration() {
            guard let known = configuration.users else {
                print("no users are configured, so nobody is asked who it is")
                return
            }
            users = known
        } else if let path = place.file {
            users = try UserFile(path: path).settings
        } else {
            throw ValidationError("there is no \(place.config); name the configuration with --config, or --file")
        }
        var table = TextTable(["NAME", "ROLE", "SCOPE", "FORCE", "SIGNS IN BY"])
        for (name, user) in users.sorted(by: { $0.key < $1.key }) {
            let ways = (user.passwordHash == nil ? [] : ["password"]) + (user.tokenHashes.isEmpty ? [] : ["token"])
            table.add([
                name, user.role.rawValue, user.scope.joined(separator: " "),
                user.mayForce || user.role == .admin ? "yes" : "", ways.joined(separator: ", "),
            ])
        }
        print(table.text)
    }
}

/// `busbar user rename`.
struct UserRenameCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Give a user another name; it keeps its rights, password and tokens.",
        discussion: """
            Its sessions end when the agent reads its configuration again, and the broker has to know the new name. The audit \
            trail keeps the old one for what was done before.
            """
    )

    @Argument(help: "The user's name.")
    var name: String

    @Argument(help: "Its new name: 1 to 64 of A-Z a-z 0-9 _ . @ -")
    var newName: String

    @OptionGroup var place: UserFileOptions

    func validate() throws {
        guard UserSettings.isName(newName) else {
            throw ValidationError("'\(newName)' is no user's name: 1 to 64 of A-Z a-z 0-9 _ . @ -")
        }
    }

    func run() async throws {
        let configuration = try place.configuration()
        guard let path = place.file ?? configuration?.usersFile else {
            throw ValidationError("there is no file for users; rename '\(name)' in the configuration")
        }
        var file = try UserFile(path: path)
        guard let number = file.entries.firstIndex(where: { $0.name == name }) else {
            StandardError.write(line: "\(path) has no user '\(name)'")
            throw ExitCode.failure
        }
        guard !file.entries.contains(where: { $0.name == newName }), configuration?.users?[newName] == nil else {
            StandardError.write(line: "there is a user '\(newName)' already")
            throw ExitCode.failure
        }
        file.entries[number].name = newName
        try file.write()
        print("renamed \(name) to \(newName) in \(path); the agent takes it over on SIGHUP")
        if configuration?.web?.socket?.user == name {
            StandardError.write(line: "web.socket.user still names \(name); change it there")
        }
    }
}

/// `busbar user remove`.
struct UserRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a user; its sessions end when the agent reads its configuration again."
    )

    @Argument(help: "The user's name.")
    var name: String

    @OptionGroup var place: UserFileOptions

    func run() async throws {
        guard let path = try place.file ?? place.configuration()?.usersFile else {
            throw ValidationError("there is no file for users; take '\(name)' out of the configuration")
        }
        var file = try UserFile(path: path)
        guard file.entries.contains(where: { $0.name == name }) else {
            StandardError.write(line: "\(path) has no user '\(name)'")
            throw ExitCode.failure
        }
        file.entries.removeAll { $0.name == name }
        try file.write()
        print("removed \(name) from \(path); the agent takes it over on SIGHUP")
    }
}

/// The file with users, which this program alone writes.
private struct UserFile {
    struct Entry {
        var name: String
        var role: String
        var scope: [String] = []
        var force = false
        var passwordHash: String?
        var tokenHashes: [String] = []

        init(name: String, role: String) {
            self.name = name
            self.role = role
        }

        init(_ name: String, _ settings: UserSettings) {
            self.init(name: name, role: settings.role.rawValue)
            scope = settings.scope == ["*"] ? [] : settings.scope
            force = settings.mayForce
            passwordHash = settings.passwordHash?.description
            tokenHashes = settings.tokenHashes.map(\.description)
        }

        /// None of its texts has a character that would end the quotes: each was looked at.
        func text(indent: String) -> String {
            var text = "\(indent)\"\(name)\":\n\(indent)  role: \(role)\n"
            if !scope.isEmpty { text += "\(indent)  scope: [\(scope.map { "\"\($0)\"" }.joined(separator: ", "))]\n" }
            if force { text += "\(indent)  force: true\n" }
            if let passwordHash { text += "\(indent)  password_hash: \"\(passwordHash)\"\n" }
            if !tokenHashes.isEmpty {
                text += "\(indent)  token_hash: [\(tokenHashes.map { "\"\($0)\"" }.joined(separator: ", "))]\n"
            }
            return text
        }
    }

    let path: String
    var entries: [Entry]

    /// Reads a file; one that is not there is empty.
    init(path: String) throws {
        self.path = path
        entries = try Self.read(path).map { Entry($0, $1) }
    }

    var settings: [String: UserSettings] {
        get throws { Dictionary(try Self.read(path)) { first, _ in first } }
    }

    private static func read(_ path: String) throws -> [(String, UserSettings)] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do throws(ConfigurationErrors) {
            return try ConfigurationFile.users(path: path)
        } catch {
            StandardError.write(line: error.description)
            throw ConfigurationLoader.badConfiguration
        }
    }

    /// Writes the file whole, readable for its owner alone, or not at all.
    func write() throws {
        var text = "# Users of Busbar, written by busbar user. Secrets are kept as hashes.\n"
        for entry in entries.sorted(by: { $0.name < $1.name }) { text += entry.text(indent: "") }
        // One that was there keeps its owner, who may be the agent's user.
        let before = try? FileManager.default.attributesOfItem(atPath: path)
        let owner = (before?[.ownerAccountID] as? NSNumber)?.uint32Value
        let group = (before?[.groupOwnerAccountID] as? NSNumber)?.uint32Value
        let draft = "\(path).\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
        let bytes = Array(text.utf8)
        var isWritten = fchmod(descriptor, 0o600) == 0
        if let owner, let group { isWritten = isWritten && fchown(descriptor, owner, group) == 0 }
        isWritten = isWritten && Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        let code = errno
        close(descriptor)
        guard isWritten, rename(draft, path) == 0 else {
            let reason = isWritten ? errno : code
            unlink(draft)
            errno = reason
            throw Self.failure(path)
        }
    }

    private static func failure(_ path: String) -> ExitCode {
        StandardError.write(line: "cannot write \(path): \(String(cString: strerror(errno)))")
        return .failure
    }
}

/// Asks at the terminal for something that is not to be seen there.
private enum SecretPrompt {
    static func ask(_ words: String) -> String {
        var before = termios()
        let isTerminal = tcgetattr(STDIN_FILENO, &before) == 0
        if isTerminal {
            var silent = before
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
            FileHandle.standardError.write(Data(words.utf8))
        }
        defer {
            if isTerminal {
                tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
                FileHandle.standardError.write(Data("\n".utf8))
            }
        }
        return readLine() ?? ""
    }
}
