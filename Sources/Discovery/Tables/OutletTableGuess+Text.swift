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
    mutating func addEntry(host: String, port: UInt16, credentials: SNMPCredentials) {
        guard let column = columns.first, !column.oid.contains("("), rows.allSatisfy({ OutletNumber($0) != nil }) else {
            return
        }
        let (on, off) = Self.meaning(of: column.values)
        var entry = ConfigurationEntry(host: host, prefix: "guess")
        entry.add("oid", column.oid, comment: "a guess: it may be read-only, or no switch at all")
        entry.add("on", "\(on)", comment: "a guess: it may be the other way round")
        entry.add("off", "\(off)")
        if port != 161 { entry.add("port", "\(port)") }
        entry.add("version", credentials.versionName)
        entry.add(credentials)
        let outlets = zip(rows, names).map { DeviceReport.Outlet(number: $0, name: $1.isEmpty ? nil : $1) }
        entry.add(outlets: outlets, all: true)
        self.entry = entry.text(driver: "snmp")
    }
}
