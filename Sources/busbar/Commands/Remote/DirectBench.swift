import Agent
import AgentConfiguration
import ArgumentParser
import Foundation
import Logging
import Power
import Remote
import UnixSignals

/// Drives the devices of a configuration from the command line, without broker and agent.
struct DirectBench {
    /// How long the devices may take to answer first.
    private static let firstContactTime = Duration.seconds(10)

    private struct Bench: Sendable {
        let lanes: [PDULane]
        let router: CommandRouter
        let timekeeper: SystemTimekeeper
    }

    private let path: String
    private let configuration: AgentConfiguration

    /// Reads the configuration.
    ///
    /// - Throws: the exit code for a bad configuration, after saying what is wrong with it.
    init(path: String) throws {
        self.path = path
        configuration = try ConfigurationLoader(path: path).load(tellsWarnings: false)
    }

    /// Reads everything that the targets name from the devices.
    ///
    /// - Throws: a `RemoteError`, the exit code for a bad configuration.
    func look(_ targets: [TargetExpression]) async throws -> (fleet: Fleet, selection: Fleet.Selection) {
        let named = targets.contains { if case .label = $0 { true } else { false } }
        return try await drive(named ? [] : targets) { bench throws(RemoteError) in
            let fleet = await fleet(bench)
            return (fleet, try fleet.select(targets))
        }
    }

    /// Gives a command to everything that the targets name.
    ///
    /// - Throws: a `RemoteError`, the exit code for a bad configuration.
    func command(
        _ targets: [TargetExpression],
        _ order: RemoteOrder,
        progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws -> [RemoteOutcome] {
        try await drive(targets) { bench throws(RemoteError) in
            let found = try await fleet(bench).resolve(targets)
            for target in found { try check(target) }
            return await Self.execute(order, found, bench.router, progress)
        }
    }

    // MARK: - Devices

    /// Runs the lanes of the devices that the targets need, and the work when each of them has answered or failed once.
    private func drive<Value: Sendable>(
        _ targets: [TargetExpression],
        _ work: @escaping @Sendable (Bench) async throws(RemoteError) -> Value
    ) async throws -> Value {
        let logger = Logger(label: "busbar") { _ in SwiftLogNoOpLogHandler() }
        let factory = DriverFactory(path: path, logger: logger)
        let plan: AgentPlan
        do {
            plan = try AgentPlan(configuration, factory: factory)
        } catch {
            await factory.shutDown()
            throw ExitCode.configuration.because("\(path): \(error)")
        }
        let bench = bench(plan, logger, pdus: pdus(of: targets))
        let result = await withTaskGroup(of: Result<Value, RemoteError>?.self) { group in
            for lane in bench.lanes {
                group.addTask {
                    await lane.run(); return nil
                }
            }
            group.addTask {
                await bench.router.run(); return nil
            }
            // Ctrl-C lets go of the devices in good order: a strip that is not logged out of stays locked.
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { break }
                return .failure(RemoteError(.unreachable, "interrupted; what was begun may be left half done"))
            }
            group.addTask {
                let limit = bench.timekeeper.now + Self.firstContactTime
                await PDULane.awaitFirstContact(of: bench.lanes, until: limit, by: bench.timekeeper)
                do throws(RemoteError) {
                    return .success(try await work(bench))
                } catch {
                    return .failure(error)
                }
            }
            for await result in group {
                guard let result else { continue }
                group.cancelAll()
                return result
            }
            return .failure(RemoteError(.unreachable, "interrupted"))
        }
        await factory.shutDown()
        return try result.get()
    }

    private func bench(_ plan: AgentPlan, _ logger: Logger, pdus wanted: Set<PDUName>?) -> Bench {
        let timekeeper = SystemTimekeeper()
        let publisher = Publisher(topics: TopicMap(base: configuration.mqtt.baseTopic)) { _ in }
        let numbers = TicketNumbers()
        let rates = configuration.circuits.map { ($0.name, $0.maximumSwitchOnsPerSecond) }
        let circuits = CircuitLimiter(switchOnsPerSecond: Dictionary(rates) { first, _ in first })
        let lanes = plan.pdus.filter { wanted?.contains($0.rules.pdu) ?? true }.map { blueprint in
            PDULane(
                rules: blueprint.rules,
                driver: blueprint.makeDriver(),
                publisher: publisher,
                journal: ForgetfulJournal(),
                circuits: circuits,
                numbers: numbers,
                timekeeper: timekeeper,
                firstPoll: timekeeper.now,
                logger: logger
            )
        }
        let router = CommandRouter(
            rules: plan.router,
            lanes: LaneDirectory(lanes),
            publisher: publisher,
            journal: ForgetfulJournal(),
            numbers: numbers,
            timekeeper: timekeeper,
            logger: logger
        )
        return Bench(lanes: lanes, router: router, timekeeper: timekeeper)
    }

    /// The PDUs that have to be spoken to; nothing for all of them.
    private func pdus(of targets: [TargetExpression]) -> Set<PDUName>? {
        guard !targets.isEmpty else { return nil }
        var pdus: Set<PDUName> = []
        for target in targets {
            switch target {
            case .group(let name):
                let members = configuration.groups.first { $0.name == name }?.members ?? []
                pdus.formUnion(members.compactMap(\.outlet?.pdu))
                if members.contains(where: { $0.outlet == nil }) { pdus.formUnion(pdusOfLoads) }
            case .load: pdus.formUnion(pdusOfLoads)
            default:
                guard let names = target.pdus else { return nil }
                pdus.formUnion(names)
            }
        }
        return pdus
    }

    /// The PDUs that feed any load: whether one may be switched depends on others, by `requires`.
    private var pdusOfLoads: Set<PDUName> { Set(configuration.loads.flatMap { $0.feeds.map(\.pdu) }) }

    private func fleet(_ bench: Bench) async -> Fleet {
        var fleet = Fleet()
        for lane in bench.lanes { fleet.add(await lane.snapshot) }
        let driven = Set(bench.lanes.map(\.pdu))
        let locations = Dictionary(configuration.pdus.map { ($0.name, $0) }) { first, _ in first }
        for name in fleet.pdus.keys {
            fleet.pdus[name]?.label = locations[name]?.label
            fleet.pdus[name]?.location = locations[name]?.location
        }
        for load in bench.router.loadSnapshots {
            guard let feeds = bench.router.loads[load.name]?.feeds, feeds.allSatisfy({ driven.contains($0.pdu) }) else {
                continue
            }
            var known = FleetLoad()
            known.state = load.state?.rawValue
            known.isOnline = load.isOnline
            fleet.loads[load.name] = known
        }
        fleet.setGroups(
            bench.router.groups.mapValues { FleetGroup(label: $0.label, outlets: $0.members.map(\.description)) },
            of: configuration.agent.id
        )
        // This program stands in for the agent.
        fleet.agents[configuration.agent.id] = true
        return fleet
    }

    // MARK: - Commands

    private func check(_ target: RemoteTarget) throws(RemoteError) {
        func known(_ names: [String], _ prefix: String) -> String {
            names.isEmpty ? "" : "; there are " + names.map { prefix + $0 }.joined(separator: ", ")
        }
        switch target {
        case .outlet: return
        case .group(let name):
            let names = configuration.groups.map(\.name)
            guard !names.contains(name) else { return }
            throw RemoteError(.noSuchTarget, "there is no group '\(name)'\(known(names, "@"))")
        case .load(let name):
            let names = configuration.loads.map(\.name)
            guard !names.contains(name) else { return }
            throw RemoteError(.noSuchTarget, "there is no load '\(name)'\(known(names, "load:"))")
        }
    }

    private static func execute(
        _ order: RemoteOrder,
        _ targets: [RemoteTarget],
        _ router: CommandRouter,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) async -> [RemoteOutcome] {
        let command = Command(order)
        return await withTaskGroup(of: (Int, RemoteOutcome).self) { group in
            for (place, target) in targets.enumerated() {
                group.addTask {
                    let sender = Sender(.direct, rights: .everything)
                    let ending =
                        switch target {
                        case .outlet(let outlet): ending(await router.execute(command, on: outlet, from: sender))
                        case .group(let name): ending(await router.execute(command, onGroup: name, from: sender))
                        case .load(let name): ending(await router.execute(command, onLoad: name, from: sender))
                        }
                    return (place, RemoteOutcome(target: target, ending: ending))
                }
            }
            var found: [Int: RemoteOutcome] = [:]
            for await (place, outcome) in group {
                found[place] = outcome
                progress(found.count, targets.count)
            }
            return found.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    private static func ending(_ result: some Encodable) -> RemoteOutcome.Ending {
        guard let text = try? JSONText.lines([result]), let answer = RemoteAnswer(json: Array(text.utf8)) else {
            return .noAnswer
        }
        return .answered(answer, text: text)
    }
}

extension Command {
    fileprivate init(_ order: RemoteOrder) {
        self.init(
            order.action,
            delay: order.delay.map { .seconds($0) },
            offTime: order.offTime.map { .seconds($0) },
            holdTime: order.holdTime.map { .seconds($0) },
            limit: order.limit.map { .seconds($0) },
            by: order.by,
            reason: order.reason,
            force: order.force,
            dryRun: order.dryRun
        )
        if order.withDependents { withDependents = true }
    }
}

extension Fleet {
    /// Takes what a lane of this process knows.
    fileprivate mutating func add(_ snapshot: LaneSnapshot) {
        var pdu = FleetPDU()
        pdu.isOnline = snapshot.isOnline
        pdu.problem = snapshot.problem
        pdu.driver = snapshot.rules.traits.driver
        pdu.model = snapshot.description?.model ?? snapshot.rules.traits.model
        pdu.measurements = snapshot.reading?.measurements ?? [:]
        for (number, state) in snapshot.states {
            var outlet = FleetOutlet()
            outlet.label = snapshot.rules.outlet(number).label ?? snapshot.description?.outletNames[number]
            outlet.isProtected = snapshot.rules.outlet(number).isProtected
            outlet.state = state
            outlet.measurements = snapshot.reading?.outletMeasurements[number] ?? [:]
            pdu.outlets[number] = outlet
        }
        pdus[snapshot.rules.pdu] = pdu
    }
}
