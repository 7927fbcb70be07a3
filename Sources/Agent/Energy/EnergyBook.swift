import Dispatch
import Foundation
public import Logging
import Power
import Synchronization

/// Keeps the energy meters of all PDUs, beyond the life of the process where it has a file.
///
/// It writes all meters on a queue of its own, a minute after the first change, or a second after a counter began anew.
/// So many counters that begin anew at once, as after a power cut, cost one write. A crash can cost the memory of the
/// counters that began anew within the last second.
public final class EnergyBook: Sendable {
    /// How long what was counted may wait for the disk.
    private enum Urgency: Comparable {
        case usual
        case soon

        var pause: DispatchTimeInterval { self == .soon ? .seconds(1) : .seconds(60) }
    }

    /// The meters of one PDU: of the device as a whole, and of its outlets.
    private struct Meters {
        var device: EnergyMeter?
        var outlets: [OutletNumber: EnergyMeter] = [:]
    }

    private struct State {
        var meters: [PDUName: Meters] = [:]
        /// The most urgent write that is planned.
        var planned: Urgency?
        var hasFailed = false
        /// How often the file was written.
        var writes = 0
    }

    private let path: String?
    private let logger: Logger
    private let queue = DispatchQueue(label: "busbar.energy")
    private let state: Mutex<State>

    /// - Parameter path: the file; nothing to forget everything at the end. One that is missing or damaged is begun anew.
    public init(path: String?, logger: Logger) {
        self.path = path
        self.logger = logger
        var state = State()
        if let path, let data = FileManager.default.contents(atPath: path) {
            do {
                for (name, meter) in try JSONDecoder().decode([String: EnergyMeter].self, from: data) {
                    if let outlet = OutletID(name) {
                        state.meters[outlet.pdu, default: Meters()].outlets[outlet.outlet] = meter
                    } else if let pdu = PDUName(name) {
                        state.meters[pdu, default: Meters()].device = meter
                    }
                }
            } catch {
                logger.warning("the energy counted so far is lost: its file is damaged", metadata: ["file": "\(path)"])
            }
        }
        self.state = Mutex(state)
    }

    /// A reading with every counter of energy replaced by what was counted in all.
    func counting(_ reading: DeviceReading, of pdu: PDUName) -> DeviceReading {
        var reading = reading
        var hasCounted = false
        var wasReset = false
        state.withLock { state in
            func count(_ values: inout MeasuredValues, _ meter: inout EnergyMeter?, span: Double?) {
                guard let value = values[.energy], value.isFinite else { return }
                var counted = meter ?? EnergyMeter()
                let (total, isReset) = counted.count(value, span: span)
                meter = counted
                values[.energy] = total
                hasCounted = true
                wasReset = wasReset || isReset
            }
            var meters = state.meters[pdu] ?? Meters()
            count(&reading.measurements, &meters.device, span: reading.energySpan)
            for (number, values) in reading.outletMeasurements where values[.energy] != nil {
                count(
                    &reading.outletMeasurements[number, default: [:]],
                    &meters.outlets[number],
                    span: reading.outletEnergySpans[number]
                )
            }
            if hasCounted { state.meters[pdu] = meters }
        }
        // Of no use to anybody else, and the newest readings of all devices are kept.
        reading.outletEnergySpans = [:]
        reading.energySpan = nil
        if wasReset { logger.notice("a counter of energy began anew; counting goes on", metadata: ["pdu": "\(pdu)"]) }
        if hasCounted { plan(wasReset ? .soon : .usual) }
        return reading
    }

    /// How often the file was written, for a test.
    var writes: Int { state.withLock(\.writes) }

    /// Writes what was counted, and returns when it is on its way to the disk.
    public func flush() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.write()
                continuation.resume()
            }
        }
    }

    private func plan(_ urgency: Urgency) {
        guard path != nil else { return }
        let isNew = state.withLock { state in
            if let planned = state.planned, planned >= urgency { return false }
            state.planned = urgency
            return true
        }
        guard isNew else { return }
        queue.asyncAfter(deadline: .now() + urgency.pause) { [weak self] in
            // A more urgent write may have been made meanwhile.
            guard let self, self.state.withLock({ $0.planned != nil }) else { return }
            self.write()
        }
    }

    private func write() {
        guard let path else { return }
        let meters = state.withLock { state in
            state.planned = nil
            state.writes += 1
            return state.meters
        }
        let failure: (any Error)?
        do {
            try Self.json(meters).write(to: URL(fileURLWithPath: path), options: .atomic)
            failure = nil
        } catch {
            failure = error
        }
        let isNews = state.withLock { state in
            defer { state.hasFailed = failure != nil }
            return failure != nil && !state.hasFailed
        }
        if isNews, let failure {
            logger.warning(
                "the energy counted cannot be kept beyond this run",
                metadata: ["file": "\(path)", "error": "\(failure)"]
            )
        }
    }

    /// The meters as `JSONDecoder` reads them. A large fleet has 100,000, which a general encoder takes a second for.
    private static func json(_ meters: [PDUName: Meters]) -> Data {
        var text = JSONBytes(capacity: meters.values.reduce(0) { $0 + $1.outlets.count + 1 } * 64)
        func add(_ name: String, _ meter: EnergyMeter) {
            text.add(name) { fields in
                fields.add("base", meter.base)
                fields.add("last", meter.last)
            }
        }
        for (pdu, meters) in meters {
            if let meter = meters.device { add(pdu.rawValue, meter) }
            for (number, meter) in meters.outlets { add("\(OutletID(pdu: pdu, outlet: number))", meter) }
        }
        return Data(text.finished())
    }
}
