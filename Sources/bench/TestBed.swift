import Foundation
import LocalServices
import Logging
import MQTTClient
import PDUSimulator
import Synchronization

/// What is measured.
enum Program: Sendable {
    /// Busbar, from the directory of this program.
    case built
    /// Another build of Busbar.
    case busbar(String)
    /// The least agent, without devices, or with those from a port on.
    case least(String, devices: Int? = nil)
}

/// A broker, an agent as a process of its own, and a client that publishes commands and notes when answers come.
final class TestBed: Sendable {
    let broker: Mosquitto
    let agent: ChildProcess
    let client: MQTTClient
    let arrivals: Arrivals
    private let directory: TemporaryDirectory

    /// Where the agent keeps its journal.
    var journal: String { directory.path(of: "journal.sqlite") }

    /// Starts everything; returns when the agent says that it is online.
    ///
    /// - Parameters:
    ///   - pdus: the `pdus:` entries of the configuration.
    ///   - more: other parts of the configuration.
    ///   - program: the agent; Busbar as it was built beside this program when not given.
    ///   - flushTime: how long the disk takes for each flush of the agent's files, in milliseconds, beside what it takes
    ///     anyway; needs `libDiskTrouble.so` beside this program.
    static func with<Value: Sendable>(
        pdus: String,
        poll: String = "10s",
        more: String = "",
        program: Program = .built,
        flushTime: Int? = nil,
        _ body: @escaping @Sendable (TestBed) async throws -> Value
    ) async throws -> Value {
        let directory = try TemporaryDirectory(prefix: "bench")
        // By itself mosquitto drops what a subscriber has more than 1,000 messages of to catch up with.
        let broker = try await Mosquitto.start(MosquittoConfiguration(maximumQueued: 0))
        let text = """
            agent: { id: bench, state_directory: \(directory.path) }
            mqtt: { broker: "mqtt://127.0.0.1:\(broker.port)" }
            poll: { interval: \(poll) }
            log: { level: error }
            \(more)
            pdus:
            \(pdus)
            """
        let path = directory.path(of: "busbar.yaml")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        var configuration = MQTTConfiguration(
            brokers: [try BrokerAddress("mqtt://127.0.0.1:\(broker.port)")],
            clientID: "bench-client"
        )
        configuration.subscriptions = ["result", "state"].map { Subscription("lab/pdu/+/outlet/+/\($0)") }
        configuration.subscriptions += ["lab/agent/+/availability", "lab/load/+/result"].map { Subscription($0) }
        configuration.maximumOutstandingEvents = 100_000
        let client = try MQTTClient(configuration: configuration, logger: Logger(label: "bench"))
        let own = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        return try await withThrowingTaskGroup(of: Void.self, returning: Value.self) { group in
            group.addTask { await client.run() }
            let subscribed = Arrivals()
            let arrivals = Arrivals()
            group.addTask {
                for await event in client.events {
                    switch event {
                    case .subscriptionsGranted: subscribed.note("granted", at: MonotonicTime.nanoseconds)
                    case .message(let message): arrivals.note(message)
                    default: break
                    }
                }
            }
            await subscribed.wait(forCount: 1)
            let begun = MonotonicTime.nanoseconds
            var environment: [String: String] = [:]
            if let flushTime {
                environment["LD_PRELOAD"] = "\(own)/libDiskTrouble.so"
                environment["BUSBAR_DISK"] = realpath(directory.path, nil).map { String(cString: $0) }
                environment["BUSBAR_DISK_FLUSH_MS"] = "\(flushTime)"
            }
            let arguments = ["agent", "--config", path]
            let agent =
                switch program {
                case .built: try await ChildProcess.start("\(own)/busbar", arguments, environment: environment)
                case .busbar(let other): try await ChildProcess.start(other, arguments, environment: environment)
                case .least(let other, let devices):
                    try await ChildProcess.start(other, (["\(broker.port)"] + (devices.map { ["\($0)"] } ?? [])))
                }
            let bed = TestBed(broker, agent, client, arrivals, directory, startedAt: begun)
            let value = try await body(bed)
            _ = await agent.terminate(within: .seconds(12))
            await client.stop()
            await broker.stop()
            group.cancelAll()
            return value
        }
    }

    let startedAt: Int64

    private init(
        _ broker: Mosquitto,
        _ agent: ChildProcess,
        _ client: MQTTClient,
        _ arrivals: Arrivals,
        _ directory: TemporaryDirectory,
        startedAt: Int64
    ) {
        self.broker = broker
        self.agent = agent
        self.client = client
        self.directory = directory
        self.startedAt = startedAt
        self.arrivals = arrivals
    }

    func send(_ word: String, to outlet: String) throws {
        let parts = outlet.split(separator: "/")
        try client.enqueue(OutgoingMessage(topic: "lab/pdu/\(parts[0])/outlet/\(parts[1])/set", text: word))
    }

    func send(_ word: String, toLoad load: String) throws {
        try client.enqueue(OutgoingMessage(topic: "lab/load/\(load)/set", text: word))
    }

    var usage: ProcessUsage? { ProcessUsage(pid: agent.pid) }
}
