import Agent
import AgentConfiguration
import Foundation
import Logging
import Power
import Remote
import UnixSignals

/// Drives the devices of a configuration from the command line, without broker and agent.
struct DirectBench {
    /// How long the devices may take to answer first.
    private static let firstContactTime = Duration.seconds(10)

    /// The configuration's path.
    let path: String

    /// Gives a command to everything that the targets name.
    ///
    /// - Throws: `badTarget`, `noSuchTarget`.
    func command(
        _ targets: [TargetExpression],
        _ order: RemoteOrder,
        progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws(RemoteError) -> [RemoteOutcome] {
        let configuration: AgentConfiguration
        do throws(ConfigurationErrors) {
            configuration = try ConfigurationLoader(path: path).read { _ in }
        } catch {
            throw RemoteError(.badTarget, error.description)
        }
        let logger = Logger(label: "busbar") { _ in SwiftLogNoOpLogHandler() }
        let factory = DriverFactory(path: path, logger: logger)
        let plan: AgentPlan
        do {
            plan = try AgentPlan(configuration, factory: factory)
        } catch {
            throw RemoteError(.badTarget, "\(path): \(error)")
        }
        let outcomes = await drive(plan, configuration, targets, order, logger, progress)
        await factory.shutDown()
        return try outcomes.get()
    }

    private func drive(
        _ plan: AgentPlan,
        _ configuration: AgentConfiguration,
        _ targets: [TargetExpression],
        _ order: RemoteOrder,
        _ logger: Logger,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) async -> Result<[RemoteOutcome], RemoteError> {
        let groups = Dictionary(configuration.groups.map { ($0.name, $0) }) { first, _ in first }
        let wanted = Self.pdus(of: targets, groups)
        let timekeeper = SystemTimekeeper()
        let publisher = Publisher(topics: TopicMap(base: configuration.mqtt.baseTopic)) { _ in }
        let numbers = TicketNumbers()
        let circuits = CircuitLimiter(
            switchOnsPerSecond: Dictionary(
                configuration.circuits.map { ($0.name, $0.maximumSwitchOnsPerSecond) }
            ) { first, _ in first }
        )
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
            numbers: numbers,
            timekeeper: timekeeper,
            logger: logger
        )
        return await withTaskGroup(of: Result<[RemoteOutcome], RemoteError>?.self) { group in
            for lane in lanes {
                group.addTask {
                    await lane.run(); return nil
                }
            }
            // Ctrl-C lets go of the devices in good order: a strip that is not logged out of stays locked.
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { break }
                return .failure(RemoteError(.unreachable, "interrupted; what was begun may be left half done"))
            }
            group.addTask {
                let limit = timekeeper.now + Self.firstContactTime
                await PDULane.awaitFirstContact(of: lanes, until: limit, by: timekeeper)
                var fleet = Fleet()
                for lane in lanes { fleet.add(await lane.snapshot) }
                do throws(RemoteError) {
                    let outlets = try Self.outlets(targets, fleet, groups, order)
                    return .success(await Self.execute(order, outlets, router, timekeeper, progress))
                } catch {
                    return .failure(error)
                }
            }
            for await result in group {
                guard let result else { continue }
                group.cancelAll()
                return result
            }
            return .success([])
        }
    }

    /// The PDUs that have to be spoken to; nothing for all of them.
    private static func pdus(of targets: [TargetExpression], _ groups: [String: GroupSettings]) -> Set<PDUName>? {
        var pdus: Set<PDUName> = []
        for target in targets {
            if case .group(let name) = target {
                pdus.formUnion(groups[name]?.members.compactMap(\.outlet?.pdu) ?? [])
            } else if let names = target.pdus {
                pdus.formUnion(names)
            } else {
                return nil
            }
        }
        return pdus
    }

    /// The outlets in the order of switching, each with the moment of its turn.
    private static func outlets(
        _ targets: [TargetExpression],
        _ fleet: Fleet,
        _ groups: [String: GroupSettings],
        _ order: RemoteOrder
    ) throws(RemoteError) -> [(OutletID, after: Duration)] {
        var turns: [(OutletID, after: Duration)] = []
        for target in try fleet.resolve(targets) {
            switch target {
            case .outlet(let outlet): turns.append((outlet, .zero))
            case .load(let name):
                throw Self.needsAgent("load:\(name)")
            case .group(let name):
                guard let group = groups[name] else {
                    let known = groups.keys.sorted().map { "@\($0)" }.joined(separator: ", ")
                    throw RemoteError(.noSuchTarget, "there is no group '\(name)'; there are \(known)")
                }
                if let load = group.members.first(where: { $0.outlet == nil }) {
                    throw Self.needsAgent(load.description)
                }
                let outlets = group.members.compactMap(\.outlet)
                let members = order.action == .off ? outlets.reversed() : outlets
                turns += members.enumerated().map { ($1, group.stagger * $0) }
            }
        }
        return turns
    }

    private static func needsAgent(_ load: String) -> RemoteError {
        let words = "the feeds of a load are switched together by an agent only; without one, name its outlets"
        return RemoteError(.badTarget, "\(load): \(words)")
    }

    private static func execute(
        _ order: RemoteOrder,
        _ outlets: [(OutletID, after: Duration)],
        _ router: CommandRouter,
        _ timekeeper: SystemTimekeeper,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) async -> [RemoteOutcome] {
        let begun = timekeeper.now
        let command = Command(order)
        return await withTaskGroup(of: (Int, RemoteOutcome).self) { group in
            for (place, turn) in outlets.enumerated() {
                group.addTask {
                    if !order.dryRun { await timekeeper.sleep(until: begun + turn.after) }
                    let result = await router.execute(
                        command,
                        on: turn.0,
                        from: Sender(.direct, rights: .everything)
                    )
                    return (place, RemoteOutcome(target: .outlet(turn.0), ending: Self.ending(result)))
                }
            }
            var found: [Int: RemoteOutcome] = [:]
            for await (place, outcome) in group {
                found[place] = outcome
                progress(found.count, outlets.count)
            }
            return found.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    private static func ending(_ result: CommandResult) -> RemoteOutcome.Ending {
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
    }
}

extension Fleet {
    /// Takes what a lane of this process knows.
    fileprivate mutating func add(_ snapshot: LaneSnapshot) {
        var pdu = FleetPDU()
        pdu.isOnline = snapshot.isOnline
        pdu.problem = snapshot.problem
        for (number, state) in snapshot.states {
            var outlet = FleetOutlet()
            outlet.label = snapshot.rules.outlet(number).label ?? snapshot.description?.outletNames[number]
            outlet.isProtected = snapshot.rules.outlet(number).isProtected
            outlet.state = state
            pdu.outlets[number] = outlet
        }
        pdus[snapshot.rules.pdu] = pdu
    }
}
