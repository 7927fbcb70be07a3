/// net-snmp's command line tools, kept from reading the host's configuration and MIBs.
public enum SNMPTool {
    /// Runs `snmpget`, `snmpset`, `snmpwalk` or the like; output is numeric and bare (`-On -Oe -OU`).
    ///
    /// - Parameters:
    ///   - tool: the tool's name.
    ///   - arguments: version, credentials, address and objects.
    /// - Throws: as `Command.run`.
    public static func run(
        _ tool: String,
        _ arguments: [String],
        within limit: Duration = .seconds(60)
    ) async throws(LocalServicesError) -> Command.Result {
        try await Command.run(
            tool,
            package: "snmp",
            ["-On", "-Oe", "-OU", "-t", "2", "-r", "4"] + arguments,
            environment: environment(directory: "/nonexistent"),
            within: limit
        )
    }

    /// Variables that keep net-snmp from the host's files.
    static func environment(directory: String) -> [String: String] {
        ["MIBS": "", "MIBDIRS": directory, "SNMPCONFPATH": directory, "SNMP_PERSISTENT_DIR": directory]
    }
}
