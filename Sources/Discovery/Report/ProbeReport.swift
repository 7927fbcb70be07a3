/// What was found out about one host.
public struct ProbeReport: Sendable, Equatable, Encodable {
    /// The host as it was given.
    public var host: String
    /// What there is; a strip may be there twice, with both its protocols.
    public var devices: [DeviceReport]
    /// What was tried in vain, with the reason, for people.
    public var tried: [String]

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
        if !tried.isEmpty { parts.append("Tried in vain:\n" + tried.map { "  - \($0)" }.joined(separator: "\n")) }
        return parts.joined(separator: "\n\n")
    }
}
