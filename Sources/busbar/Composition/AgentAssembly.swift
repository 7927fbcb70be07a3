import Agent
import AgentConfiguration
import AgentWeb
import ArgumentParser
import EtcdFleet
import Foundation
import Glibc
import HomeAssistant
import Logging
import Loop
import MQTTClient
import Power
import SNMPClient
import ServiceLifecycle
import UnixSignals

/// Puts the agent together from its configuration, and runs it.
struct AgentAssembly {
    /// How long a graceful shutdown may take before the rest is cancelled.
    private static let longestShutdown = Duration.seconds(9)

    let agent: PowerAgent
    private let listeners: Listeners
    private let circuits: CircuitLimiter
    private let configuration: AgentConfiguration
    private let audit: AuditTrail
    private let history: HistoryStore
    private let discovery: DiscoveryPublisher
    private let energy: EnergyBook
    private let path: String
    private let factory: DriverFactory
    private let reloads: ReloadBook
    private let desk: PageDesk
    private let fleet: EtcdFleet?
    private let logger: Logger

    /// Sets everything up; nothing is contacted yet.
    init(configuration: AgentConfiguration, path: String, logger: Logger) throws {
        self.configuration = configuration
        self.path = path
        self.logger = logger
        Loop.shared.whenHeldUp { pause, what in
            logger.warning(
                "the loop was busy for so long that commands waited; is the machine overloaded?",
                metadata: ["pause": "\(Int(pause.milliseconds)) ms", "longest": "\(what)"]
            )
        }
        OpenFileLimit.raise()
        // A file that has reached its limit is an error of the write, as a full disk is, and no reason to die.
        signal(SIGXFSZ, SIG_IGN)
        factory = DriverFactory(path: path, logger: logger)
        reloads = ReloadBook()
        desk = PageDesk(path: path, taker: .running(reloads), logger: logger)

        let topics = TopicMap(base: configuration.mqtt.baseTopic)
        let client: MQTTClient
        let plan: AgentPlan
        do {
            let settings = try MQTTConfiguration(configuration, topics: topics)
            client = try MQTTClient(configuration: settings, logger: logger)
            plan = try AgentPlan(configuration, factory: factory)
        } catch {
            StandardError.write(line: "\(path): \(error)")
            throw ConfigurationLoader.badConfiguration
        }
        Self.makeStateDirectory(configuration.agent.stateDirectory, logger: logger)
        let audit = AuditTrail(
            path: configuration.agent.stateDirectory + "/audit.sqlite",
            limits: AuditLimits(configuration.audit),
            logger: logger
        )
        self.audit = audit
        let history = HistoryStore(
            path: configuration.agent.stateDirectory + "/history.sqlite",
            size: Self.historySize(configuration),
            logger: logger
        )
        self.history = history
        let energy = EnergyBook(path: configuration.agent.stateDirectory + "/energy.json", logger: logger)
        self.energy = energy
        let send = { @Sendable (publication: Publication) in
            do throws(MQTTError) {
                guard let receipt = publication.receipt else {
                    return try client.enqueue(OutgoingMessage(publication))
                }
                try client.enqueue(OutgoingMessage(publication)) { outcome in
                    // What the stopping agent could not hand over is kept, for the next start to tell.
                    if case .failure(let error) = outcome, error.code == .stopped { return }
                    receipt.give()
                }
            } catch {
                if error.code != .stopped { publication.receipt?.give() }
                logger.error("cannot publish", metadata: ["topic": "\(publication.topic)", "error": "\(error)"])
            }
        }
        let timekeeper = SystemTimekeeper()
        do {
            fleet = try configuration.fleet.map { settings in
                try EtcdFleet(EtcdConfiguration(settings, configuration), timekeeper: timekeeper, logger: logger)
            }
        } catch {
            StandardError.write(line: "\(path): \(error)")
            throw ConfigurationLoader.badConfiguration
        }
        let watch = AgentWatch(timekeeper: timekeeper)
        discovery = DiscoveryPublisher(
            settings: DiscoverySettings(configuration),
            topics: topics,
            expected: Set(plan.pdus.map(\.rules.pdu)),
            timekeeper: timekeeper,
            send: send
        )
        let publisher = Publisher(
            topics: topics,
            agent: configuration.agent.id,
            energy: energy,
            // The page is told last, so that whoever hears of something finds it in the audit trail and in the history.
            observers: [audit, history, discovery, watch],
            send: send
        )
        circuits = CircuitLimiter(switchOnsPerSecond: Self.switchOnsPerSecond(configuration))
        agent = PowerAgent(
            id: configuration.agent.id,
            version: Version.current,
            plan: plan,
            client: client,
            publisher: publisher,
            announcer: discovery,
            journal: AgentJournal(directory: configuration.agent.stateDirectory, logger: logger),
            circuits: circuits,
            timekeeper: timekeeper,
            fleet: fleet,
            logger: logger
        )
        let fleet = FleetAccess(agent, audit: audit, history: history)
        listeners = Listeners(configuration, fleet: fleet, watch: watch, setup: desk, logger: logger)
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Parameter beginning: what a set-up has just written; nothing where the configuration was there.
    func run(after beginning: SetupSaved? = nil) async throws {
        if let beginning {
            agent.router.note(
                ConfigurationChange(
                    user: nil,
                    door: .http,
                    files: beginning.files,
                    message: "\(beginning.message); by the set-up page's link"
                )
            )
        }
        logger.notice(
            "busbar \(Version.current) starts",
            metadata: ["agent": "\(configuration.agent.id)", "pdus": "\(configuration.pdus.count)"]
        )
        var group = ServiceGroupConfiguration(
            services: [
                .init(service: ServiceManagerNotifier(agent: agent, logger: logger)),
                .init(
                    service: HealthSocket(
                        path: HealthSocket.path(in: configuration.agent.stateDirectory),
                        id: configuration.agent.id,
                        agent: agent,
                        reloads: reloads,
                        logger: logger
                    )
                ),
                .init(service: listeners),
                // Stopped before the listeners, so that whoever waits for an outcome is still told.
                .init(service: agent),
                .init(service: Allocator()),
                .init(
                    service: ConfigurationReload(
                        agent: agent,
                        configuration: configuration,
                        path: path,
                        factory: factory,
                        book: reloads,
                        adopt: adopt,
                        logger: logger
                    )
                ),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "busbar.services") { _ in SwiftLogNoOpLogHandler() }
        )
        group.maximumGracefulShutdownDuration = Self.longestShutdown
        try await ServiceGroup(configuration: group).run()
        await desk.shutDown()
        await factory.shutDown()
        await fleet?.shutDown()
        await energy.flush()
        await audit.flush()
        await history.close()
        logger.notice("stopped")
    }

    /// Takes over a new configuration, as far as the agent does not do it.
    @Sendable private func adopt(_ configuration: AgentConfiguration) {
        LogThreshold.adopt(configuration.log)
        circuits.adopt(switchOnsPerSecond: Self.switchOnsPerSecond(configuration))
        audit.adopt(AuditLimits(configuration.audit))
        history.adopt(size: Self.historySize(configuration))
        discovery.adopt(
            DiscoverySettings(configuration),
            expecting: Set(configuration.pdus.filter(\.isEnabled).map(\.name))
        )
        listeners.adopt(configuration)
    }

    /// How much of the disk what was measured may take: nothing where nobody may look, or nothing is wanted.
    private static func historySize(_ configuration: AgentConfiguration) -> Int {
        guard let web = configuration.web, web.history > .zero else { return 0 }
        return web.historySize
    }

    private static func switchOnsPerSecond(_ configuration: AgentConfiguration) -> [String: Double] {
        Dictionary(configuration.circuits.map { ($0.name, $0.maximumSwitchOnsPerSecond) }) { first, _ in first }
    }

    private static func makeStateDirectory(_ directory: String, logger: Logger) {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            logger.error(
                "the state directory cannot be made; set agent.state_directory to one that can be written",
                metadata: ["directory": "\(directory)"]
            )
        }
    }
}

extension EtcdConfiguration {
    /// What the configuration says about the fleet.
    init(_ settings: FleetSettings, _ configuration: AgentConfiguration) {
        self.init(
            endpoints: settings.endpoints.map(\.description),
            prefix: settings.prefix,
            ttl: settings.ttl,
            agent: configuration.agent.id,
            version: Version.current,
            baseTopic: configuration.mqtt.baseTopic
        )
        username = settings.username
        password = settings.password.map { Password($0.reveal()) }
        caFile = settings.tls?.caFile
        certificateFile = settings.tls?.identity?.certificateFile
        keyFile = settings.tls?.identity?.keyFile
        preference = settings.preference
        capacity = settings.capacity
    }
}

extension AgentPlan {
    /// The plan that a configuration describes.
    ///
    /// - Parameter earlier: the configuration before, to tell which devices have to be spoken to in another way.
    init(
        _ configuration: AgentConfiguration,
        factory: DriverFactory,
        after earlier: AgentConfiguration? = nil
    ) throws(DriverFactory.Problem) {
        var blueprints: [LaneBlueprint] = []
        for pdu in configuration.pdus where pdu.isEnabled { blueprints.append(try factory.blueprint(pdu)) }
        let places = Dictionary(blueprints.enumerated().map { ($1.rules.pdu, $0) }) { first, _ in first }
        for load in configuration.loads where load.isExclusive {
            for feed in load.feeds {
                guard let place = places[feed.pdu] else { continue }
                blueprints[place].rules.exclusiveLoads[feed.outlet] = load.name
            }
        }
        let before = Dictionary((earlier?.pdus ?? []).map { ($0.name, $0) }) { first, _ in first }
        let renewed = configuration.pdus.filter { pdu in before[pdu.name].map(pdu.needsNewLane(after:)) ?? false }
        self.init(
            router: CommandRouter.Rules(
                agent: configuration.agent.id,
                isSole: configuration.agent.isSole,
                groups: GroupRules.all(of: configuration),
                loads: LoadRules.all(of: configuration),
                forbiddenReplyPrefixes: [configuration.homeAssistant?.prefix ?? "homeassistant"],
                users: configuration.users?.mapValues(Rights.init),
                requiresUser: configuration.mqtt.requiresUser
            ),
            pdus: blueprints,
            renewed: Set(renewed.map(\.name))
        )
    }
}

extension GroupRules {
    /// The groups of a configuration, by name.
    static func all(of configuration: AgentConfiguration) -> [String: GroupRules] {
        let groups = configuration.groups.map { group in
            let rules = GroupRules(
                members: group.members,
                stagger: group.stagger,
                onFailure: GroupRules.OnFailure(rawValue: group.onFailure.rawValue) ?? .continue,
                label: group.label
            )
            return (group.name, rules)
        }
        return Dictionary(groups) { first, _ in first }
    }
}

extension LoadRules {
    /// The loads of a configuration, by name.
    static func all(of configuration: AgentConfiguration) -> [String: LoadRules] {
        let loads = configuration.loads.map { load in
            let rules = LoadRules(
                feeds: load.feeds,
                label: load.label,
                stagger: load.stagger,
                isExclusive: load.isExclusive,
                requires: load.requires,
                offTime: load.offTime,
                limit: load.limit
            )
            return (load.name, rules)
        }
        return Dictionary(loads) { first, _ in first }
    }
}
