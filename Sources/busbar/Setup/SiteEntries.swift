import Agent
import AgentConfiguration
import AgentWeb
import Credentials
import Power

/// Groups, loads and users: what the page sends of them, what the configuration says, and the lines of the page's own file.
extension SetupChange.Group {
    /// A group of the configuration.
    ///
    /// - Parameter own: its entry in the page's file; nothing where it stands elsewhere.
    init(_ settings: GroupSettings, _ own: PageFile.Entry?) {
        self.init(
            name: settings.name,
            label: settings.label,
            outlets: settings.members.map(\.description),
            stagger: own?.has("stagger") == false ? nil : settings.stagger.inSeconds,
            onFailure: settings.onFailure.rawValue
        )
    }

    /// Its keys. Whether their values are right, the configuration's own checks say.
    func lines() throws(SetupProblem) -> [String] {
        let times = EntryTimes(section: .groups, name: name)
        return [
            EntryLine.text("label", label), EntryLine.list("outlets", outlets),
            try times.line("stagger", stagger, named: "stagger"),
            onFailure == "continue" ? nil : EntryLine.text("on_failure", onFailure),
        ].compactMap(\.self)
    }
}

extension SetupChange.Load {
    /// A load of the configuration.
    init(_ settings: LoadSettings) {
        self.init(name: settings.name, label: settings.label, feeds: settings.feeds.map(\.description))
        requires = settings.requires.isEmpty ? nil : settings.requires
        exclusive = settings.isExclusive ? true : nil
        stagger = settings.stagger == .zero ? nil : settings.stagger.inSeconds
        offTime = settings.offTime?.inSeconds
        limit = settings.limit?.inSeconds
    }

    /// Its keys. Whether their values are right, the configuration's own checks say.
    func lines() throws(SetupProblem) -> [String] {
        let times = EntryTimes(section: .loads, name: name)
        return [
            EntryLine.text("label", label), EntryLine.list("feeds", feeds),
            requires?.isEmpty == false ? EntryLine.list("requires", requires ?? []) : nil,
            exclusive == true ? "exclusive: true" : nil,
            try times.line("stagger", stagger, named: "stagger"),
            try times.line("off_time", offTime, named: "cycle: { off_time").map { $0 + " }" },
            try times.line("limit", limit, named: "command: { limit").map { $0 + " }" },
        ].compactMap(\.self)
    }
}

extension SetupChange.User {
    /// A user of the configuration.
    init(_ name: String, _ settings: UserSettings) {
        self.init(
            name: name,
            role: settings.role.rawValue,
            scope: settings.scope == ["*"] ? nil : settings.scope,
            force: settings.mayForce ? true : nil
        )
    }

    /// Its keys, with the hashes that it has so far and what stands for those that are made.
    ///
    /// - Parameter own: its entry so far.
    func lines(after own: PageFile.Entry?) -> [String] {
        let keys = [
            EntryLine.text("role", role),
            scope?.isEmpty == false ? EntryLine.list("scope", scope ?? []) : nil,
            force == true ? "force: true" : nil,
        ]
        let proofs = SetupChange.Proof.allCases.map { kind in
            make?.contains(kind) == true
                ? "\(kind.key): \"\(FreshProof(user: name, kind: kind).placeholder)\""
                : own?.line(of: kind.key).map { String($0.drop { $0 == " " }) }
        }
        return (keys + proofs).compactMap(\.self)
    }

    /// What it may do, for the audit trail.
    var words: String {
        let reach = scope?.isEmpty == false ? (scope ?? []).joined(separator: " ") : nil
        let made = Set(make ?? []).map { "a new \($0.rawValue)" }.sorted()
        return ([role, reach, force == true ? "force" : nil].compactMap(\.self) + made).joined(separator: ", ")
    }
}

extension SetupChange.Proof {
    /// Its key in the configuration.
    var key: String { "\(rawValue)_hash" }
}

/// A password or a token that is made when a change is written, and what stands for its hash until then: a preview shows no
/// hash, and the change that follows is the one that was seen.
struct FreshProof {
    var user: String
    var kind: SetupChange.Proof

    /// Stands for the hash in the text of the file.
    var placeholder: String { "of a new \(kind.rawValue) for \(user), made when this is written" }

    /// A hash of nothing, so that a text with it can be checked like one with the true hash.
    var anyHash: String {
        switch kind {
        case .password:
            "$scrypt$ln=15,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
        case .token: TokenHash(of: "").description
        }
    }

    /// Makes it. That of a password takes a tenth of a second.
    func make() -> (secret: String, hash: String) {
        switch kind {
        case .password:
            let password = Self.password()
            return (password, PasswordHash(of: password).description)
        case .token:
            let token = RandomSecret.token()
            return (token, TokenHash(of: token).description)
        }
    }

    /// 100 random bits that can be read out and typed: no characters that are taken for each other.
    private static func password() -> String {
        let letters = Array("abcdefghjkmnpqrstuvwxyz123456789")
        var generator = SystemRandomNumberGenerator()
        let groups = (0..<5).map { _ in String((0..<4).map { _ in letters[Int.random(in: 0..<32, using: &generator)] })
        }
        return groups.joined(separator: "-")
    }
}

extension AgentConfiguration {
    /// Whether somebody may change users by the page: everybody where nobody is asked, else an admin who can sign in.
    var letsAnAdminIn: Bool {
        guard let web else { return false }
        if users == nil || web.token != nil || web.login != nil || web.proxyLogin?.defaultRole == .admin { return true }
        return !admins.isEmpty
    }

    /// The admins who can sign in.
    var admins: [String] {
        (users ?? [:]).filter { name, user in
            let hasProof = user.passwordHash != nil || !user.tokenHashes.isEmpty
            return user.role == .admin && (hasProof || web?.proxyLogin != nil || web?.socket?.user == name)
        }.keys.sorted()
    }
}

/// Lines of entries.
private enum EntryLine {
    static func text(_ key: String, _ text: String?) -> String? {
        text.flatMap { $0.isEmpty ? nil : "\(key): \(quoted($0))" }
    }

    static func list(_ key: String, _ texts: [String]) -> String {
        "\(key): [\(texts.map(quoted).joined(separator: ", "))]"
    }

    /// A text in double quotes, on one line, and without variables of the environment.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.replacing("${", with: "$${").unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: result += " "
            case _ where scalar == "\"" || scalar == "\\": result += "\\\(scalar)"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// The times of an entry, which the page counts in seconds.
private struct EntryTimes {
    let section: PageFile.Section
    let name: String

    func line(_ key: String, _ seconds: Double?, named start: String) throws(SetupProblem) -> String? {
        guard let seconds else { return nil }
        guard seconds.isFinite, (0...1_000_000).contains(seconds) else {
            let words = "expected a time of 0 seconds or more"
            throw SetupProblem(.bad, .init(words, section: section.rawValue, name: name, key: key))
        }
        let milliseconds = Int((seconds * 1000).rounded())
        let isWhole = milliseconds.isMultiple(of: 1000)
        return "\(start): \(isWhole ? "\(milliseconds / 1000)s" : "\(milliseconds)ms")"
    }
}
