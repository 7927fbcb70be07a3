internal import Power
internal import SNMPClient

extension OutletTableGuess: CustomStringConvertible {
    /// The table for people, with the entry to try.
    public var description: String {
        var lines = ["  rows \(Self.list(rows)), names in \(nameOID): \(Self.list(names.map { "\"\($0)\"" }))"]
        for column in columns { lines.append("  \(column.oid): \(Self.list(column.values))") }
        return lines.joined(separator: "\n")
    }

    /// A list that does not grow beyond a line or two.
    private static func list(_ items: [some CustomStringConvertible]) -> String {
        let shown = items.prefix(16).map(\.description).joined(separator: ", ")
        return items.count > 16 ? "\(shown) … (\(items.count))" : shown
    }

    /// Adds the entry to try, where bare object identifiers can describe the table.
    mutating func addEntry(host: String, _ target: SNMPTarget, _ places: SecretPlaces) {
        guard let column = columns.first, !column.oid.contains("("), rows.allSatisfy({ OutletNumber($0) != nil }) else {
            return
        }
        let (on, off) = Self.meaning(of: column.values)
        var entry = ConfigurationEntry(host: host, prefix: "guess")
        entry.add("oid", column.oid, comment: "a guess: it may be read-only, or no switch at all")
        entry.add("on", "\(on)", comment: "a guess: it may be the other way round")
        entry.add("off", "\(off)")
        if target.port != 161 { entry.add("port", "\(target.port)") }
        entry.add("version", target.credentials.versionName)
        entry.add(target.credentials, places)
        let outlets = zip(rows, names).map { DeviceReport.Outlet(number: $0, name: $1.isEmpty ? nil : $1) }
        entry.add(outlets: outlets, all: true)
        self.entry = entry.text(driver: "snmp")
    }
}
