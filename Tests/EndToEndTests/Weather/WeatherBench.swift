import PDUSimulator
import Power
import TestSupport
import Testing

/// A simulated device behind foul weather, of either kind, and its own record as the judge.
enum FarDevice: Sendable {
    /// How a device is spoken to.
    enum Kind: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case snmp = "SNMP"
        case web = "EnerGenie web"
        case native = "EnerGenie native"

        var testDescription: String { rawValue }
    }

    case rack(SimulatedSNMPDevice, UDPRelay)
    case strip(SimulatedEnerGenie, TCPRelay, Kind)

    /// Starts a device with at least four outlets, in fair weather.
    static func start(_ kind: Kind, _ initialState: PowerState = .off) async throws -> FarDevice {
        switch kind {
        case .snmp:
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 5, initialState: initialState))
            return .rack(rack, try UDPRelay(to: rack.port))
        case .web, .native:
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: initialState))
            let relay = try await TCPRelay(to: kind == .web ? strip.webPort : strip.nativePort)
            return .strip(strip, relay, kind)
        }
    }

    /// The PDU `far` in the configuration of an agent.
    func pdu(_ more: String...) -> String {
        let keys =
            switch self {
            case .rack(_, let relay):
                ["driver: snmp", "model: raritan-px2", "version: 2c", "community: private", "port: \(relay.port)"]
            case .strip(_, let relay, let kind):
                ["driver: energenie", "password: '1'", "port: \(relay.port)"]
                    + (kind == .native ? ["protocol: tcp"] : [])
            }
        return (["name: far", "host: 127.0.0.1"] + keys + more).joined(separator: ", ")
    }

    /// Whether nothing gets through to it.
    var isDead: Bool {
        get {
            switch self {
            case .rack(_, let relay): relay.isDead
            case .strip(_, let relay, _): relay.isDead
            }
        }
        nonmutating set {
            switch self {
            case .rack(_, let relay): relay.isDead = newValue
            case .strip(_, let relay, _): relay.isDead = newValue
            }
        }
    }

    /// What its outlets were told, in order.
    var switches: [Switch] {
        let record =
            switch self {
            case .rack(let rack, _): rack.record
            case .strip(let strip, _, _): strip.record
            }
        return record.entries.compactMap { entry in
            guard let outlet = entry.outlet, entry.outcome == "done" else { return nil }
            return Switch(outlet: outlet, state: entry.value == "1" ? .on : .off, nanoseconds: entry.nanoseconds)
        }
    }

    /// What its outlets are, from the first.
    var states: [PowerState] {
        switch self {
        case .rack(let rack, _): rack.pdu.states
        case .strip(let strip, _, _): strip.states
        }
    }

    /// Ends it.
    func stop() async throws {
        switch self {
        case .rack(let rack, _): await rack.stop()
        case .strip(let strip, let relay, _):
            try await relay.stop()
            await strip.stop()
        }
    }
}

/// Something that a device was told.
struct Switch: Sendable, CustomStringConvertible {
    let outlet: Int
    let state: PowerState
    let nanoseconds: Int64

    var description: String { "\(outlet)=\(state == .on ? 1 : 0)" }
}

/// Commands that are given to the outlets of `far` in turn, `ON` and `OFF` by turns, and how they ended.
struct WeatherRun: Sendable {
    /// A command, with when it was given and when its first result was seen.
    struct Command: Sendable {
        let id: String
        let outlet: Int
        let state: PowerState
        let given: Int64
        var answered: Int64 = 0
        var verdict = ""

        var isDone: Bool { verdict == "done" }
    }

    private(set) var commands: [Command] = []
    private let mark: Int

    /// Gives the commands, each outlet's next one as soon as the one before has its result, and waits for all results.
    ///
    /// - Parameters:
    ///   - limit: the key `limit` of each.
    ///   - untilDone: an outlet gets more than its share until one of its commands is done. How many that takes depends
    ///     on how fast the machine is beside the weather.
    static func inTurn(
        _ bench: Bench,
        outlets: Int,
        each: Int,
        limit: Double,
        untilDone: Bool = false
    ) async throws -> WeatherRun {
        var run = WeatherRun(bench)
        let mark = run.mark
        try await withThrowingTaskGroup(of: [Command].self) { group in
            for outlet in 1...outlets {
                group.addTask {
                    var commands: [Command] = []
                    for number in 1... {
                        if number > each, !untilDone || commands.contains(where: \.isDone) { break }
                        var command = try await give(bench, outlet, number, limit)
                        let answer = try await bench.answer("far/\(outlet)", id: command.id, from: mark)
                        command.answered = MonotonicTime.nanoseconds
                        command.verdict = answer.verdict
                        commands.append(command)
                    }
                    return commands
                }
            }
            for try await commands in group { run.commands += commands }
        }
        return run
    }

    /// Gives all commands at once and waits for all results.
    ///
    /// - Parameter limit: the key `limit` of each.
    static func atOnce(_ bench: Bench, outlets: Int, each: Int, limit: Double) async throws -> WeatherRun {
        var run = WeatherRun(bench)
        for number in 1...each {
            for outlet in 1...outlets { run.commands.append(try await give(bench, outlet, number, limit)) }
        }
        for place in run.commands.indices {
            let command = run.commands[place]
            let answer = try await bench.answer("far/\(command.outlet)", id: command.id, from: run.mark)
            run.commands[place].answered = MonotonicTime.nanoseconds
            run.commands[place].verdict = answer.verdict
        }
        return run
    }

    private init(_ bench: Bench) { mark = bench.observer.mark }

    private static func give(_ bench: Bench, _ outlet: Int, _ number: Int, _ limit: Double) async throws -> Command {
        let state: PowerState = number.isMultiple(of: 2) ? .off : .on
        let command = Command(id: "\(outlet)-\(number)", outlet: outlet, state: state, given: MonotonicTime.nanoseconds)
        let text = #"{"action":"\#(state.rawValue)","id":"\#(command.id)","limit":\#(limit)}"#
        try await bench.observer.send("lab/pdu/far/outlet/\(outlet)/set", text)
        return command
    }

    /// How many ended in each way.
    var verdicts: [String: Int] { Dictionary(grouping: commands, by: \.verdict).mapValues(\.count) }

    /// Holds the results against what the device itself was told: each command has one result, it is a true one,
    /// what is done was done in its turn, and nothing is done for an outlet after its last result.
    func judge(_ bench: Bench, _ device: FarDevice) throws {
        let switches = device.switches
        for (outlet, commands) in Dictionary(grouping: commands, by: \.outlet).sorted(by: { $0.key < $1.key }) {
            let own = switches.filter { $0.outlet == outlet }
            let story = "\(commands.map { "\($0.id) \($0.state): \($0.verdict)" }), told \(own)"
            let ids = try bench.answers("far/\(outlet)", from: mark).compactMap(\.id)
            #expect(ids.sorted() == commands.map(\.id).sorted(), "one result each")
            for command in commands {
                #expect(
                    ["done", "unknown/device_timeout", "failed/device_error"].contains(command.verdict),
                    "\(story)"
                )
            }
            var place = own.startIndex
            for (number, command) in commands.enumerated() where command.isDone {
                // It has its turn when the one before it has ended.
                let begun = number == 0 ? command.given : max(command.given, commands[number - 1].answered)
                let found = own[place...].firstIndex { $0.state == command.state && $0.nanoseconds > command.given }
                if let found {
                    place = found + 1
                } else if !Self.wasSo(command, from: begun, own) {
                    Issue.record("\(command.id) is done, and the device was not told: \(story)")
                    break
                }
            }
            if let last = commands.last {
                // One datagram of a command that ended `unknown` may still be on its way, as in `judgeTurns`.
                let doubtful = commands.last { $0.verdict.hasPrefix("unknown") }
                let late = own.filter { $0.nanoseconds > last.answered }
                #expect(
                    late.isEmpty || late.map(\.state) == [doubtful?.state],
                    "switched after the last result: \(story)"
                )
                if last.isDone { #expect(device.states[outlet - 1] == last.state, "\(story)") }
            }
        }
    }

    /// Whether an outlet was as the command wants it from the command's turn until it was answered: because the one
    /// before it never got there. Its own request may be lost then; the device was read all the same, and it is done.
    private static func wasSo(_ command: Command, from begun: Int64, _ told: [Switch]) -> Bool {
        // The outlets of these runs begin OFF.
        let before = told.last { $0.nanoseconds <= begun }?.state ?? .off
        let meanwhile = told.filter { begun < $0.nanoseconds && $0.nanoseconds <= command.answered }
        return before == command.state && meanwhile.allSatisfy { $0.state == command.state }
    }

    /// The same for commands that were given in turn: whatever the device was told lies between a command and its
    /// result, and is what this command asked for.
    ///
    /// One datagram of a command that ended `unknown` may still be on its way through the relay, which a busy machine holds
    /// up like a busy network does. More than one would have been sent after the command's end.
    func judgeTurns(_ device: FarDevice) {
        var stragglers: Set<String> = []
        for told in device.switches {
            let before = commands.last { $0.outlet == told.outlet && $0.answered < told.nanoseconds }
            if let before, !before.isDone, before.state == told.state, stragglers.insert(before.id).inserted {
                continue
            }
            let owner = commands.first {
                $0.outlet == told.outlet && $0.given <= told.nanoseconds && told.nanoseconds <= $0.answered
            }
            guard let owner else {
                if commands.contains(where: { $0.outlet == told.outlet }) {
                    Issue.record("the device was told \(told) when no command ran")
                }
                continue
            }
            #expect(owner.state == told.state, "the device was told \(told) while \(owner) ran")
        }
    }
}
