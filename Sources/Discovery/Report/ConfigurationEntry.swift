internal import Power

/// An entry for `pdus:` that fits a device. It never holds a secret: it names files to put them into.
struct ConfigurationEntry {
    let name: String
    let host: String
    private var lines: [String] = []

    /// - Parameters:
    ///   - host: a name or an address; the PDU's name is made from it where none is given.
    init(host: String, prefix: String, name: String? = nil) {
        self.host = host
        self.name = name ?? Identifier.fitting("\(prefix)-\(host)") ?? prefix
    }

    /// Where the secret of a key may be kept.
    func secretFile(_ suffix: String = "") -> String { "/etc/busbar/\(name)\(suffix)" }

    mutating func add(_ key: String, _ value: String, comment: String? = nil) {
        lines.append("    \(key): \(value)" + (comment.map { "  # \($0)" } ?? ""))
    }

    /// Adds a secret by the place where it is, or where it may be put.
    mutating func add(_ key: String, _ place: SecretPlaces.Place?, suffix: String = "", comment: String) {
        switch place {
        case .file(let path): add("\(key)_file", Self.quoted(path))
        case .credential(let name): add("\(key)_file", Self.credential(name))
        case .variable(let name): add(key, "${\(name)}")
        case .open(let text): add(key, Self.quoted(text))
        case nil: add("\(key)_file", secretFile(suffix), comment: comment)
        }
    }

    /// Where systemd puts a file of `/etc/busbar/secrets` for the agent.
    static func credential(_ name: String) -> String { "\"${CREDENTIALS_DIRECTORY}/secret_\(name)\"" }

    /// Adds a line that says what else there could be.
    mutating func addRemark(_ text: String) { lines.append("    # \(text)") }

    /// Adds labels for the outlets that have names, or all numbers where the configuration has to list them.
    mutating func add(outlets: [DeviceReport.Outlet], all: Bool = false) {
        let listed = outlets.filter { all || $0.name != nil }
        guard !listed.isEmpty else { return }
        lines.append("    outlets:")
        for outlet in listed {
            let label = outlet.name.map { " label: \(Self.quoted($0)) " } ?? ""
            lines.append("      \(outlet.number): {\(label)}")
        }
    }

    /// The entry as it stands in a file.
    func text(driver: String) -> String {
        let head = ["  - name: \(name)", "    driver: \(driver)", "    host: \(Self.quoted(host))"]
        return (head + lines).joined(separator: "\n")
    }

    /// A text in double quotes, as YAML reads it; a device's own names may hold anything.
    static func quoted(_ text: String) -> String {
        var result = "\""
        // What looks like a variable of the environment is to stay as it is.
        for scalar in text.replacing("${", with: "$${").unicodeScalars.prefix(60) {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.properties.generalCategory == .control: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
