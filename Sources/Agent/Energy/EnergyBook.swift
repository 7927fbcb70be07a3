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
        guard
            reading.measurements[.energy] != nil
                || reading.outletMeasurements.values.contains(where: { $0[.energy] != nil })
        else { return reading.withoutSpans }
        var reading = reading
        var wasReset = false
        state.withLock { state in
            func count(_ values: inout MeasuredValues, _ meter: inout EnergyMeter?, span: Double?) {
                guard let value = values[.energy], value.isFinite else { return }
                var counted = meter ?? EnergyMeter()
                let (total, isReset) = counted.count(value, span: span)
                meter = counted
                values[.energy] = total
                wasReset = wasReset || isReset
            }
            // Where they are, as every poll of every outlet comes here: a copy of either table would take longer.
            func countAll(_ meters: inout Meters) {
                count(&reading.measurements, &meters.device, span: reading.energySpan)
                let spans = reading.outletEnergySpans
                var index = reading.outletMeasurements.startIndex
                while index != reading.outletMeasurements.endIndex {
                    let number = reading.outletMeasurements[index].key
                    count(&reading.outletMeasurements.values[index], &meters.outlets[number], span: spans[number])
                    reading.outletMeasurements.formIndex(after: &index)
                }
            }
            countAll(&state.meters[pdu, default: Meters()])
        }
        if wasReset { logger.notice("a counter of energy began anew; counting goes on", metadata: ["pdu": "\(pdu)"]) }
        plan(wasReset ? .soon : .usual)
        return reading.withoutSpans
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

extension DeviceReading {
    /// The same without what is of no use to anybody else, as the newest readings of all devices are kept.
    fileprivate var withoutSpans: DeviceReading {
        var reading = self
        reading.outletEnergySpans = [:]
        reading.energySpan = nil
        return reading
    }
}

/// Goes on counting energy when a device's counter begins anew.
///
/// What is published never goes backwards: a counter that was reset, or belongs to a replaced device, is added to
/// what was counted before; one that ran over goes on where it was.
struct EnergyMeter: Sendable, Equatable, Codable {
    /// A counter that falls by less than this share of itself, or by less than one watt-hour, was not reset: some
    /// devices round, or add up outlets that they read one after the other.
    private static let wobble = 0.01

    /// A counter that is taken to have run over has not counted more than this share of its span meanwhile. A counter
    /// that fell from anywhere else was reset.
    private static let plausibleGain = 0.01

    /// What was counted before the device's counter last began anew, in watt-hours.
    private(set) var base: Double
    /// What the counter last read, in watt-hours.
    private(set) var last: Double

    init() {
        base = 0
        last = 0
    }

    /// Takes what the counter reads, in watt-hours.
    ///
    /// - Parameter span: how far the counter counts before it runs over to 0, in watt-hours; nothing when it does not.
    /// - Returns: the energy counted in all, never less than before; and whether the counter was reset.
    mutating func count(_ reading: Double, span: Double? = nil) -> (total: Double, isReset: Bool) {
        guard reading.isFinite, reading >= 0 else { return (base + last, false) }
        if reading >= last {
            last = reading
            return (base + last, false)
        }
        if last - reading <= max(1, last * Self.wobble) { return (base + last, false) }
        if let span, span.isFinite {
            let gain = reading + span - last
            if gain >= 0, gain <= span * Self.plausibleGain {
                base += span
                last = reading
                return (base + last, false)
            }
        }
        base += last
        last = reading
        return (base + last, true)
    }
}
