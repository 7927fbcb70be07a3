/// A secret, which has two keys: `NAME` for the secret itself or a variable, and `NAME_file` for where it is.
struct SecretKey: Sendable {
    let name: String
    let isRequired: Bool
    /// In bytes.
    let minimumLength: Int
    let entries: [KeyEntry]

    var fileName: String { "\(name)_file" }

    init(_ name: String, _ absence: KeyEntry.Absence, minimumLength: Int = 1, _ meaning: String) {
        self.name = name
        let isRequired = absence == .refused
        self.isRequired = isRequired
        self.minimumLength = minimumLength
        let upper = name.uppercased()
        let either: KeyEntry.Absence =
            isRequired ? .described("required, here or as `\(name)_file`") : absence
        self.entries = [
            KeyEntry(
                name: name,
                kind: .secret(isRequired: isRequired, minimumLength: minimumLength),
                absence: either,
                example: "\"${\(upper)}\"",
                meaning: meaning
            ),
            KeyEntry(
                name: "\(name)_file",
                kind: .secretFile,
                absence: .described("see `\(name)`"),
                example: "/etc/busbar/\(name)",
                meaning: "A file that holds `\(name)`. One newline at its end does not count."
            ),
        ]
    }
}
