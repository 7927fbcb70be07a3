import LocalServices
import MQTTClient
import NIOPosix
import PDUSimulator
import Synchronization
import TestSupport
import Testing

/// A broker with an observer at it, and what a test puts beside it: agents and devices.
final class Bench: Sendable {
    let broker: Mosquitto
    let observer: TestObserver
    let directory: TemporaryDirectory
    private let agents = Mutex<[AgentProcess]>([])

    private init(_ broker: Mosquitto, _ observer: TestObserver, _ directory: TemporaryDirectory) {
        self.broker = broker
        self.observer = observer
        self.directory = directory
    }

    /// Sets a bench up, runs a test on it and clears it away. When the test throws, the agents' logs are told.
    static func run(
        _ configuration: MosquittoConfiguration = MosquittoConfiguration(),
        user: (name: String, password: String)? = nil,
        body: (Bench) async throws -> Void
    ) async throws {
        await BenchGate.shared.enter()
        defer { BenchGate.shared.leave() }
        let broker = try await started { try await Mosquitto.start(configuration) }
        let directory = try TemporaryDirectory(prefix: "e2e")
        try await TestObserver.run(broker.url, user: user) { observer in
            let bench = Bench(broker, observer, directory)
            do {
                try await body(bench)
            } catch {
                for agent in bench.all { Issue.record("\(error)\nThe agent's log:\n\(agent.log)") }
                for agent in bench.all { await agent.kill() }
                throw error
            }
            for agent in bench.all { await agent.kill() }
        }
        await broker.kill()
    }

    private var all: [AgentProcess] { agents.withLock { $0 } }

    // MARK: - Agents

    /// Writes an agent's configuration.
    ///
    /// - Returns: the file's path.
    @discardableResult
    func write(_ file: AgentFile) throws -> String {
        let text = file.text(broker: file.broker ?? broker.url, stateDirectory: directory.path(of: "state-\(file.id)"))
        return try directory.write(text, to: "\(file.id).yaml")
    }

    /// Starts an agent that may still be far from ready.
    @discardableResult
    func launch(
        _ file: AgentFile,
        options: [String] = ["--log-level", "info"],
        environment: [String: String] = [:]
    ) async throws -> AgentProcess {
        let agent = try await AgentProcess.start(
            configuration: try write(file),
            options: options,
            environment: environment
        )
        agents.withLock { $0.append(agent) }
        return agent
    }

    /// Starts an agent and waits until it is online.
    @discardableResult
    func start(_ file: AgentFile, environment: [String: String] = [:]) async throws -> AgentProcess {
        let mark = observer.mark
        let agent = try await launch(file, environment: environment)
        try await waitForOnline(file.id, from: mark)
        return agent
    }

    /// Starts an agent for these PDUs and waits until it is online.
    @discardableResult
    func start(_ pdus: String...) async throws -> AgentProcess {
        var file = AgentFile()
        file.pdus = pdus
        return try await start(file)
    }

    /// Waits until an agent says that it is online.
    @discardableResult
    func waitForOnline(_ id: String = "bench-1", from mark: Int) async throws -> Int {
        try await observer.message(on: "lab/agent/\(id)/availability", from: mark) { $0 == "online" }.index
    }

    /// Starts something again when another process has taken the free port that was found for it.
    private static func started<Value>(_ start: () async throws -> Value) async throws -> Value {
        for _ in 1...3 {
            if let value = try? await start() { return value }
        }
        return try await start()
    }

    // MARK: - Devices

    /// A simulated strip.
    static func strip(
        _ configuration: SimulatedEnerGenieConfiguration = SimulatedEnerGenieConfiguration()
    ) async throws -> SimulatedEnerGenie {
        try await SimulatedEnerGenie.start(configuration, on: MultiThreadedEventLoopGroup.singleton)
    }

    /// A simulated PDU behind a real snmpd.
    static func rack(
        _ configuration: SimulatedSNMPDeviceConfiguration = SimulatedSNMPDeviceConfiguration()
    ) async throws -> SimulatedSNMPDevice {
        var configuration = configuration
        configuration.passPersistCommand = [try TestProgram.path, "simulate", "pass-persist"]
        return try await started { [configuration] in try await SimulatedSNMPDevice.start(configuration) }
    }

    /// Many simulated PDUs, on ports that nobody else uses.
    static func fleet(count: Int, outlets: Int = 8, recordFile: String? = nil) async throws -> SNMPFleet {
        var configuration = SNMPFleetConfiguration(count: count, outlets: outlets, recordFile: recordFile)
        for _ in 0..<20 {
            configuration.basePort = .random(in: 20_000...30_000)
            if let fleet = try? await SNMPFleet.start(configuration) { return fleet }
        }
        return try await SNMPFleet.start(configuration)
    }

    // MARK: - Commands

    /// A topic of an outlet, given as `strip/1`.
    static func topic(_ outlet: String, _ last: String) -> String {
        let parts = outlet.split(separator: "/")
        return "lab/pdu/\(parts[0])/outlet/\(parts[1])/\(last)"
    }

    /// Gives a command to an outlet and waits for its result.
    func command(
        _ outlet: String,
        _ payload: String,
        properties: MessageProperties = MessageProperties()
    ) async throws -> Answer {
        let mark = observer.mark
        try await observer.send(Self.topic(outlet, "set"), payload, properties: properties)
        return try await answer(outlet, from: mark)
    }

    /// The next result of an outlet after a mark, or that of one command.
    func answer(_ outlet: String, id: String? = nil, from mark: Int) async throws -> Answer {
        let topic = Self.topic(outlet, "result")
        let found = try await observer.message(on: topic, from: mark) { text in
            id == nil || (try? Answer.read(text))?.id == id
        }
        return try Answer.read(found.text)
    }

    /// Gives a command to a group and waits for its result.
    func group(_ name: String, _ payload: String) async throws -> Answer {
        let mark = observer.mark
        try await observer.send("lab/group/\(name)/set", payload)
        return try Answer.read(try await observer.message(on: "lab/group/\(name)/result", from: mark).text)
    }

    /// Gives a command to a load and waits for its result.
    func load(
        _ name: String,
        _ payload: String,
        properties: MessageProperties = MessageProperties()
    ) async throws -> Answer {
        let mark = observer.mark
        try await observer.send("lab/load/\(name)/set", payload, properties: properties)
        return try await loadAnswer(name, from: mark)
    }

    /// The next result of a load after a mark, or that of one command.
    func loadAnswer(_ name: String, id: String? = nil, from mark: Int) async throws -> Answer {
        let found = try await observer.message(on: "lab/load/\(name)/result", from: mark) { text in
            id == nil || (try? Answer.read(text))?.id == id
        }
        return try Answer.read(found.text)
    }

    /// Every result of an outlet since a mark.
    func answers(_ outlet: String, from mark: Int = 0) throws -> [Answer] {
        try observer.texts(on: Self.topic(outlet, "result"), from: mark).map(Answer.read)
    }

    /// Waits until an outlet's state topic says this.
    @discardableResult
    func waitForState(_ outlet: String, _ state: String, from mark: Int = 0) async throws -> Int {
        try await observer.message(on: Self.topic(outlet, "state"), from: mark) { $0 == state }.index
    }

    /// Waits until a PDU's availability topic says this.
    @discardableResult
    func waitForAvailability(_ pdu: String, _ word: String, from mark: Int = 0) async throws -> Int {
        try await observer.message(on: "lab/pdu/\(pdu)/availability", from: mark) { $0 == word }.index
    }

    /// What a client that comes now finds retained, by topic.
    func retained(_ filter: String = "lab/#", until topic: String) async throws -> [String: String] {
        var found: [String: String] = [:]
        try await TestObserver.run(broker.url, id: "late-\(observer.mark)", filters: [filter]) { late in
            // Retained messages come before anything that is published after the subscription.
            try await late.message(on: topic)
            try await observer.send("lab/end-of-retained", "")
            try await late.message(on: "lab/end-of-retained")
            for message in late.messages.elements where message.isRetained { found[message.topic] = message.text }
        }
        return found
    }
}

extension DeviceRecord {
    /// What outlets were told, as `1 on`, in order: for the record of a strip or of a Raritan PX2.
    var switches: [String] {
        entries.compactMap { entry in entry.outlet.map { "\($0)=\(entry.value)" } }
    }
}

extension [String] {
    /// The words without those that are as the one before: of what a device was told, what was sent again.
    var withoutRepetitions: [String] {
        enumerated().filter { $0 == 0 || self[$0 - 1] != $1 }.map(\.element)
    }
}
