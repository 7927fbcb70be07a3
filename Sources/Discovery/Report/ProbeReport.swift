/// What was found out about one host.
public struct ProbeReport: Sendable, Equatable, Encodable {
    /// The host as it was given.
    public var host: String
    /// What there is; a strip may be there twice, with both its protocols.
    public var devices: [DeviceReport]
    /// What was tried in vain, with the reason, for people.
    public var tried: [String]
    /// Tables of an SNMP device of no known model that may be its outlets; only where they were looked for.
    public var tables: [OutletTableGuess] = []

    /// Whether something was recognised.
    public var isRecognised: Bool { !devices.isEmpty }
}

extension ProbeReport: CustomStringConvertible {
    /// The report for people, with the entry to paste.
    public var description: String {
        var parts: [String] = []
        for device in devices {
            parts.append("\(host): \(device)\n\nFor the configuration, under pdus:\n\n\(device.entry)")
        }
        if devices.isEmpty { parts.append("\(host): no device that can be switched was recognised") }
        parts += guesses
        if !tried.isEmpty { parts.append("Tried in vain:\n" + tried.map { "  - \($0)" }.joined(separator: "\n")) }
        return parts.joined(separator: "\n\n")
    }

    private var guesses: [String] {
        guard !tables.isEmpty else { return [] }
        var parts = [
            "It has \(tables.count == 1 ? "a table" : "tables") that may be outlets. This is a guess from what was read;\n"
                + "nothing was written:\n\n" + tables.map(\.description).joined(separator: "\n\n")
        ]
        if let entry = tables.lazy.compactMap(\.entry).first {
            parts.append(
                """
                An entry to try, under pdus. FIRST compare its objects with the vendor's MIB or manual: writing to an
                object that is no outlet may do anything. Then walk an outlet with nothing behind it through
                busbar verify-device:

                \(entry)
                """
            )
        } else {
            parts.append("Bare object identifiers cannot describe this; a model file can (docs/model-files.md).")
        }
        return parts
    }
}
