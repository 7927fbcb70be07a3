/// A real mosquitto as a child process, on 127.0.0.1, with all its files in a directory of its own.
public actor Mosquitto {
    /// The port without TLS; the same for the whole life of this object.
    public nonisolated let port: Int
    /// The port with TLS, where there is one.
    public nonisolated let tlsPort: Int?
    /// Where its files are.
    public nonisolated let directory: TemporaryDirectory
    private let executable: String
    private let configurationFile: String
    private var child: ChildProcess?

    /// How to reach it without TLS, as `mqtt://127.0.0.1:1883`.
    public nonisolated var url: String { "mqtt://127.0.0.1:\(port)" }

    private init(_ configuration: MosquittoConfiguration) async throws(LocalServicesError) {
        executable = try Executable.find("mosquitto", package: "mosquitto")
        directory = try TemporaryDirectory(prefix: "mosquitto")
        port = if let given = configuration.port { given } else { try FreePort.tcp() }
        tlsPort =
            if let tls = configuration.tls {
                if let given = tls.port { given } else { try FreePort.tcp() }
            } else { nil }
        if !configuration.users.isEmpty { try await Self.writePasswords(configuration.users, in: directory) }
        if let accessControl = configuration.accessControl { try directory.write(accessControl, to: "acl") }
        configurationFile = try directory.write(
            configuration.text(port: port, tlsPort: tlsPort, directory: directory),
            to: "mosquitto.conf"
        )
    }

    /// Starts a broker; it takes connections when this returns.
    ///
    /// - Throws: `missingExecutable` naming Debian's package, `exited` or `notReady` with mosquitto's own words,
    ///   `badConfiguration`, `system`.
    public static func start(
        _ configuration: MosquittoConfiguration = MosquittoConfiguration()
    ) async throws(LocalServicesError) -> Mosquitto {
        let broker = try await Mosquitto(configuration)
        try await broker.start()
        return broker
    }

    /// Starts it again after `stop` or `kill`, on the same ports, with what it had stored. Harmless when it runs.
    ///
    /// - Throws: as `start(_:)`.
    public func start() async throws(LocalServicesError) {
        if let child, child.isRunning { return }
        let child = try await ChildProcess.start(executable, ["-c", configurationFile], directory: directory.path)
        self.child = child
        // Its own words when all its ports are open. That a port takes connections says nothing: another broker may
        // hold it, and this one be about to end for that.
        guard await child.waitForOutput(containing: " running\n", within: Readiness.limit) else {
            if let status = child.exitStatus { throw Readiness.exited(child, status) }
            await child.kill()
            throw Readiness.notReady(child)
        }
    }

    /// Ends it in good order; stored data stays.
    public func stop() async { await child?.terminate() }

    /// Ends it as a power cut would.
    public func kill() async { await child?.kill() }

    /// Ends it in good order and starts it again on the same ports.
    ///
    /// - Parameter keepsData: whether it finds its stored retained messages and sessions again.
    /// - Throws: as `start(_:)`.
    public func restart(keepsData: Bool = true) async throws(LocalServicesError) {
        await stop()
        if !keepsData { directory.removeFile("mosquitto.db") }
        try await start()
    }

    /// Stops it in its tracks: connections stay open and nobody answers.
    public func freeze() { child?.freeze() }

    /// Lets it go on after `freeze()`.
    public func thaw() { child?.thaw() }

    /// Sends a signal, as `SIGHUP` to read the passwords and the access control list again.
    public func signal(_ number: Int32) { child?.signal(number) }

    /// Writes another access control list and has it read.
    ///
    /// - Throws: `system` when it cannot be written.
    public func setAccessControl(_ text: String) throws(LocalServicesError) {
        try directory.write(text, to: "acl")
        child?.signal(1)
    }

    /// Whether it runs.
    public var isRunning: Bool { child?.isRunning ?? false }

    /// Its process id; nothing before the first start.
    public var pid: Int32? { child?.pid }

    /// The last of what it logged.
    public var log: String { child?.standardError ?? "" }

    /// mosquitto_passwd hashes a file of plain `name:password` lines in place, so no password is on a command line.
    private static func writePasswords(
        _ users: [String: String],
        in directory: TemporaryDirectory
    ) async throws(LocalServicesError) {
        for name in users.keys where name.isEmpty || name.contains(":") || name.contains("\n") {
            throw LocalServicesError(.badConfiguration, "mosquitto: a user's name is empty or holds a colon or newline")
        }
        let lines = users.map { "\($0.key):\($0.value)\n" }
        let file = try directory.write(lines.joined(), to: "passwords")
        let result = try await Command.run("mosquitto_passwd", package: "mosquitto", ["-U", file])
        guard result.isSuccess else {
            throw LocalServicesError(.badConfiguration, "mosquitto_passwd ended with \(result.status): \(result.error)")
        }
    }
}
