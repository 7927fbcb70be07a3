/// A real snmpd as a child process, on 127.0.0.1, that reads no configuration of the host and writes only into a
/// directory of its own.
public actor SNMPDaemon {
    /// What snmpd finds of its earlier life when it starts again.
    public enum StoredData: Sendable, Hashable {
        /// Everything: it has the same engine ID and counts one boot more, as a sound device.
        case kept
        /// Nothing: it has a new engine ID and starts counting boots at 1, as a replaced device.
        case deleted
        /// All but how often it has started: it has the same engine ID and starts counting boots at 1 again, as cheap
        /// firmware does.
        case bootsForgotten
    }

    /// The UDP port; the same for the whole life of this object.
    public nonisolated let port: Int
    /// Where its files are.
    public nonisolated let directory: TemporaryDirectory
    private let executable: String
    private let configuration: SNMPDaemonConfiguration
    private var child: ChildProcess?

    /// How net-snmp's tools address it, as `udp:127.0.0.1:16161`.
    public nonisolated var address: String { "udp:127.0.0.1:\(port)" }

    private init(_ configuration: SNMPDaemonConfiguration) throws(LocalServicesError) {
        if let problem = configuration.problem { throw LocalServicesError(.badConfiguration, "snmpd: \(problem)") }
        executable = try Executable.find("snmpd", package: "snmpd")
        directory = try TemporaryDirectory(prefix: "snmpd")
        port = if let given = configuration.port { given } else { try FreePort.udp() }
        self.configuration = configuration
        try directory.makeDirectory("stored")
        try directory.write(configuration.text(port: port), to: "busbar.conf")
        try directory.write(configuration.initialStoredData, to: "stored/snmpd.conf")
    }

    /// Starts an snmpd; it answers when this returns.
    ///
    /// - Throws: `missingExecutable` naming Debian's package, `exited` or `notReady` with snmpd's own words,
    ///   `badConfiguration`, `system`.
    public static func start(_ configuration: SNMPDaemonConfiguration) async throws(LocalServicesError) -> SNMPDaemon {
        let daemon = try SNMPDaemon(configuration)
        try await daemon.start()
        return daemon
    }

    /// Starts it again after `stop` or `kill`, on the same port. Harmless when it runs.
    ///
    /// - Throws: as `start(_:)`.
    public func start() async throws(LocalServicesError) {
        if let child, child.isRunning { return }
        // With -C snmpd reads nothing but what -c names, not even its own stored data, so that is named too.
        let files = [directory.path(of: "busbar.conf"), directory.path(of: "stored/snmpd.conf")]
        let child = try await ChildProcess.start(
            executable,
            ["-f", "-C", "-c", files.joined(separator: ","), "-LE", "6"],
            environment: environment,
            directory: directory.path
        )
        self.child = child
        do throws(LocalServicesError) {
            try await waitUntilItAnswers(child)
        } catch {
            await child.kill()
            throw error
        }
    }

    /// Ends it in good order.
    public func stop() async { await child?.terminate() }

    /// Ends it as a power cut would.
    public func kill() async { await child?.kill() }

    /// Ends it in good order and starts it again on the same port.
    ///
    /// - Throws: as `start(_:)`.
    public func restart(_ data: StoredData = .kept) async throws(LocalServicesError) {
        await stop()
        switch data {
        case .kept: break
        case .deleted: try directory.write(configuration.initialStoredData, to: "stored/snmpd.conf")
        case .bootsForgotten:
            let lines = try directory.read("stored/snmpd.conf").split(separator: "\n")
            let rest = lines.filter { !$0.hasPrefix("engineBoots") }
            try directory.write(rest.joined(separator: "\n") + "\n", to: "stored/snmpd.conf")
        }
        try await start()
    }

    /// Stops it in its tracks: its port stays open and nobody answers.
    public func freeze() { child?.freeze() }

    /// Lets it go on after `freeze()`.
    public func thaw() { child?.thaw() }

    /// Whether it runs.
    public var isRunning: Bool { child?.isRunning ?? false }

    /// Its process id; nothing before the first start.
    public var pid: Int32? { child?.pid }

    /// The last of what it logged.
    public var log: String { child?.standardError ?? "" }

    private var environment: [String: String] {
        SNMPTool.environment(directory: directory.path).merging(
            ["SNMP_PERSISTENT_DIR": directory.path(of: "stored")]
        ) { $1 }
    }

    private func waitUntilItAnswers(_ child: ChildProcess) async throws(LocalServicesError) {
        // It says its version when its port is open and before it answers, so this is the event to wait for.
        guard await child.waitForOutput(containing: "NET-SNMP version", within: Readiness.limit) else {
            if let status = child.exitStatus { throw Readiness.exited(child, status) }
            throw Readiness.notReady(child)
        }
        // A user that cannot exist: every snmpd answers that with a report, whatever communities and users it has.
        let result = try await Command.run(
            "snmpget",
            package: "snmp",
            ["-v3", "-l", "noAuthNoPriv", "-u", "busbar-is-anybody-there", "-t", "1", "-r", "30", address, "1.3"],
            environment: SNMPTool.environment(directory: directory.path),
            within: Readiness.limit
        )
        if let status = child.exitStatus { throw Readiness.exited(child, status) }
        guard result.error.contains("Unknown user name") else { throw Readiness.notReady(child) }
    }
}

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
