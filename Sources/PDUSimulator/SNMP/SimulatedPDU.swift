public import Power
import Synchronization

/// The inside of a simulated SNMP PDU: its outlets, its objects, its faults, and the record of what it was told.
///
/// It knows nothing of the network; whoever brings a request asks here.
public final class SimulatedPDU: Sendable {
    /// How a written value was taken.
    public enum WriteOutcome: String, Sendable, Hashable {
        /// The device accepts it.
        case done
        /// There is no such object.
        case noSuchObject = "no-such-object"
        /// The object is read-only.
        case notWritable = "not-writable"
        /// The value is of another type.
        case wrongType = "wrong-type"
        /// The value is none of those the object takes.
        case wrongValue = "wrong-value"
        /// The device refuses, for reasons of its own.
        case refused = "gen-error"
    }

    private struct State {
        var outlets: SimulatedOutlets
        var names: [String]
        var stored: [SimulatedOID: SimulatedValue] = [:]
        var faults: Faults
    }

    /// How it looks.
    public let model: SimulatedModel
    /// How many outlets it has.
    public let outletCount: Int
    /// What it was told over the network.
    public let record: DeviceRecord
    private let table: SimulatedTable
    private let state: Mutex<State>
    private let now: @Sendable () -> Duration

    /// A PDU whose outlets are all in one state.
    ///
    /// - Parameters:
    ///   - outlets: how many outlets it has, at least one.
    ///   - names: their names; those not given are called `Outlet 1` and so on.
    ///   - now: the time, for tests; by default that of `MonotonicTime`.
    public init(
        model: SimulatedModel,
        outlets: Int,
        names: [String] = [],
        initialState: PowerState = .off,
        faults: Faults = Faults(),
        record: DeviceRecord,
        now: @escaping @Sendable () -> Duration = { MonotonicTime.now }
    ) {
        self.model = model
        outletCount = max(1, outlets)
        self.record = record
        self.now = now
        table = SimulatedTable(model: model, outlets: max(1, outlets))
        let defaults = (1...max(1, outlets)).map { "Outlet \($0)" }
        state = Mutex(
            State(
                outlets: SimulatedOutlets(count: max(1, outlets), state: initialState, since: now()),
                names: Array(names.prefix(max(1, outlets)) + defaults.dropFirst(names.count)),
                faults: faults
            )
        )
    }

    /// What is wrong with it at the moment.
    public var faults: Faults {
        get { state.withLock { $0.faults } }
        set { state.withLock { $0.faults = newValue } }
    }

    /// What its outlets really are, from the first.
    public var states: [PowerState] {
        let now = now()
        return state.withLock { state in (1...outletCount).map { state.outlets.state(of: $0, at: now) ?? .off } }
    }

    /// The subtrees that hold all its objects.
    public var roots: [SimulatedOID] { table.roots }

    /// Presses the button of an outlet.
    ///
    /// - Returns: what the outlet is now; nothing when there is no such outlet.
    @discardableResult
    public func press(_ outlet: Int) -> PowerState? {
        let now = now()
        return state.withLock { state in
            state.outlets.perform(.press, on: outlet, at: now)
            return state.outlets.state(of: outlet, at: now)
        }
    }

    /// The value of an object; nothing when there is none.
    public func value(of oid: SimulatedOID) -> SimulatedValue? {
        guard let entry = table.entry(oid) else { return nil }
        let now = now()
        return state.withLock { read(entry, $0, now) }
    }

    /// The first object after an identifier, with its value; nothing at the end.
    public func next(after oid: SimulatedOID) -> (oid: SimulatedOID, value: SimulatedValue)? {
        let now = now()
        var place = oid
        while let entry = table.entry(after: place) {
            if let value = state.withLock({ read(entry, $0, now) }) { return (entry.oid, value) }
            place = entry.oid
        }
        return nil
    }

    /// Writes an object, as the network asks, and records that it was asked.
    ///
    /// - Parameter value: the value; nothing when the request's could not be understood, which is a wrong type.
    public func write(_ value: SimulatedValue?, to oid: SimulatedOID) -> WriteOutcome {
        let now = now()
        let entry = table.entry(oid)
        let outcome = state.withLock { state in
            entry.map { write(value, to: $0, &state, now) } ?? .noSuchObject
        }
        record.append(
            DeviceRecord.Entry(
                nanoseconds: now.wholeNanoseconds,
                object: oid.description,
                value: value?.description ?? "?",
                outlet: entry?.outlet,
                outcome: outcome.rawValue
            )
        )
        return outcome
    }

    private func read(_ entry: SimulatedTable.Entry, _ state: State, _ now: Duration) -> SimulatedValue? {
        let outlet = entry.outlet ?? 1
        func words(_ words: SimulatedObject.StateWords) -> SimulatedValue? {
            if let pending = words.pending, state.outlets.isPending(outlet, at: now) {
                return .number(Int64(pending), as: entry.object.kind)
            }
            return state.outlets.reportedState(of: outlet, at: now).map {
                .number(Int64($0 == .on ? words.on : words.off), as: entry.object.kind)
            }
        }
        switch entry.object.content {
        case .constant(let value): return value
        case .stored(let value): return state.stored[entry.oid] ?? value
        case .outletCount: return .number(Int64(outletCount), as: entry.object.kind)
        case .outletNumber: return .number(Int64(outlet), as: entry.object.kind)
        case .outletName: return state.names.indices.contains(outlet - 1) ? .text(state.names[outlet - 1]) : nil
        case .state(let state): return words(state)
        case .control(let control): return words(control.reading)
        case .delay: return .number(-1, as: entry.object.kind)
        case .pending(let yes, let no):
            return .number(Int64(state.outlets.isPending(outlet, at: now) ? yes : no), as: entry.object.kind)
        case .outletMeasurement(let quantity, let factor):
            return scaled(measurement(quantity, outlet, state, now), factor, entry.object.kind)
        case .deviceMeasurement(let quantity, let factor):
            let parts = (1...outletCount).compactMap { measurement(quantity, $0, state, now) }
            return scaled(SimulatedLoad.total(quantity, of: parts), factor, entry.object.kind)
        }
    }

    private func measurement(_ quantity: Quantity, _ outlet: Int, _ state: State, _ now: Duration) -> Double? {
        SimulatedLoad.measurement(
            quantity,
            outlet: outlet,
            isOn: state.outlets.state(of: outlet, at: now) == .on,
            timeOn: state.outlets.timeOn(outlet, at: now)
        )
    }

    private func scaled(_ value: Double?, _ factor: Double, _ kind: SimulatedValue.Kind) -> SimulatedValue? {
        guard let value, let number = Int64(exactly: (value * factor).rounded()) else { return nil }
        return .number(number, as: kind)
    }

    private func write(
        _ value: SimulatedValue?,
        to entry: SimulatedTable.Entry,
        _ state: inout State,
        _ now: Duration
    ) -> WriteOutcome {
        guard entry.object.isWritable else { return .notWritable }
        guard let value, value.kind == entry.object.kind else { return .wrongType }
        let outlet = entry.outlet ?? 1
        let action: SimulatedOutlets.Action?
        switch entry.object.content {
        case .control(let control):
            guard let number = value.number.flatMap({ Int32(exactly: $0) }), let order = control.orders[number] else {
                return .wrongValue
            }
            action = model.action(for: order)
        case .delay(let order):
            guard let seconds = value.number, seconds >= -1, seconds <= 86_400 else { return .wrongValue }
            action = seconds < 0 ? .cancel : model.action(for: order, after: .seconds(seconds))
        case .outletName:
            guard case .octets(let bytes) = value, bytes.count <= 64 else { return .wrongValue }
            if state.faults.isRefusing { return .refused }
            state.names[outlet - 1] = String(decoding: bytes, as: UTF8.self)
            return .done
        case .stored:
            if state.faults.isRefusing { return .refused }
            state.stored[entry.oid] = value
            return .done
        default: return .notWritable
        }
        if state.faults.isRefusing { return .refused }
        if let action {
            let lag = max(state.faults.settleLag, model.randomSettleLag())
            state.outlets.perform(action, on: outlet, at: now, lag: lag)
        }
        return .done
    }
}
