/// Real etcds as child processes, one or more members of a cluster on 127.0.0.1, with all their files in a directory of
/// their own.
public actor EtcdCluster {
    /// How a cluster is started.
    public struct Configuration: Sendable {
        /// How many members it has.
        public var members: Int
        /// Further arguments of each member, as `--cert-file=…`.
        public var arguments: [String]
        /// Whether its clients speak TLS; the files are among the arguments.
        public var usesTLS: Bool

        /// A cluster; of one member by default.
        public init(members: Int = 1, arguments: [String] = [], usesTLS: Bool = false) {
            self.members = members
            self.arguments = arguments
            self.usesTLS = usesTLS
        }
    }

    /// Where clients reach the members, as `http://127.0.0.1:2379`.
    public nonisolated let endpoints: [String]
    /// Where their files are.
    public nonisolated let directory: TemporaryDirectory
    private let executable: String
    private let arguments: [[String]]
    private var children: [ChildProcess?]

    private init(_ configuration: Configuration) throws(LocalServicesError) {
        executable = try Executable.find("etcd", package: "etcd-server")
        directory = try TemporaryDirectory(prefix: "etcd", isInMemory: true)
        let scheme = configuration.usesTLS ? "https" : "http"
        var clients: [String] = []
        var peers: [String] = []
        for _ in 0..<configuration.members {
            clients.append("\(scheme)://127.0.0.1:\(try FreePort.tcp())")
            peers.append("http://127.0.0.1:\(try FreePort.tcp())")
        }
        endpoints = clients
        let cluster = peers.enumerated().map { "e\($0 + 1)=\($1)" }.joined(separator: ",")
        var all: [[String]] = []
        for place in 0..<configuration.members {
            all.append(
                [
                    "--name=e\(place + 1)", "--data-dir=\(directory.path(of: "e\(place + 1)"))",
                    "--listen-client-urls=\(clients[place])", "--advertise-client-urls=\(clients[place])",
                    "--listen-peer-urls=\(peers[place])", "--initial-advertise-peer-urls=\(peers[place])",
                    "--initial-cluster=\(cluster)", "--initial-cluster-token=busbar", "--initial-cluster-state=new",
                    "--heartbeat-interval=100", "--election-timeout=1000", "--logger=zap", "--log-level=info",
                ] + configuration.arguments
            )
        }
        arguments = all
        children = Array(repeating: nil, count: configuration.members)
    }

    /// Starts a cluster; it takes requests when this returns.
    ///
    /// - Throws: `missingExecutable` naming Debian's package, `exited` or `notReady` with etcd's own words, `system`.
    public static func start(
        _ configuration: Configuration = Configuration()
    ) async throws(LocalServicesError) -> EtcdCluster {
        let cluster = try EtcdCluster(configuration)
        try await cluster.start()
        return cluster
    }

    /// Starts the members that do not run, with what they had stored. Those that the cluster needs for a majority have to be
    /// among them.
    ///
    /// - Throws: as `start(_:)`.
    public func start() async throws(LocalServicesError) {
        var started: [ChildProcess] = []
        for place in children.indices where !(children[place]?.isRunning ?? false) {
            let child = try await ChildProcess.start(executable, arguments[place], directory: directory.path)
            children[place] = child
            started.append(child)
        }
        for child in started {
            guard await child.waitForOutput(containing: "serving client traffic", within: Readiness.limit)
            else {
                if let status = child.exitStatus { throw Readiness.exited(child, status) }
                await child.kill()
                throw Readiness.notReady(child)
            }
        }
    }

    /// Ends a member as a power cut would.
    public func kill(_ member: Int) async { await children[member]?.kill() }

    /// Ends all members as a power cut would.
    public func kill() async {
        for child in children { await child?.kill() }
    }

    /// Stops a member in its tracks: connections stay open and nobody answers.
    public func freeze(_ member: Int) { children[member]?.freeze() }

    /// Lets a member go on after `freeze(_:)`.
    public func thaw(_ member: Int) { children[member]?.thaw() }

    /// The last of what a member logged.
    public func log(_ member: Int) -> String { children[member]?.standardError ?? "" }
}
