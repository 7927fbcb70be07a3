import Dispatch
import Foundation
public import Logging
import Power
import Synchronization

/// Keeps the energy meters of all PDUs, beyond the life of the process where it has a file.
///
/// It writes on a queue of its own, at most once a minute and at once when a counter began anew, so what a crash can cost
/// is the memory of a reset that happened in the same moment.
public final class EnergyBook: Sendable {
    private static let pause = DispatchTimeInterval.seconds(60)

    private struct State {
        var meters: [String: EnergyMeter] = [:]
        var isSaving = false
        var hasFailed = false
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
                state.meters = try JSONDecoder().decode([String: EnergyMeter].self, from: data)
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
            func count(_ values: inout MeasuredValues, _ key: String, span: Double?) {
                guard let value = values[.energy], value.isFinite else { return }
                let (total, isReset) = state.meters[key, default: EnergyMeter()].count(value, span: span)
                values[.energy] = total
                hasCounted = true
                wasReset = wasReset || isReset
            }
            count(&reading.measurements, pdu.rawValue, span: reading.energySpan)
            for number in reading.outletMeasurements.keys {
                count(
                    &reading.outletMeasurements[number, default: [:]],
                    "\(OutletID(pdu: pdu, outlet: number))",
                    span: reading.outletEnergySpans[number]
                )
            }
        }
        // Of no use to anybody else, and the newest readings of all devices are kept.
        reading.outletEnergySpans = [:]
        reading.energySpan = nil
        if wasReset { logger.notice("a counter of energy began anew; counting goes on", metadata: ["pdu": "\(pdu)"]) }
        if hasCounted { save(soon: wasReset) }
        return reading
    }

    /// Writes what was counted, and returns when it is on its way to the disk.
    public func flush() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.write()
                continuation.resume()
            }
        }
    }

    private func save(soon: Bool) {
        guard path != nil else { return }
        if soon { return queue.async { self.write() } }
        let mustPlan = state.withLock { state in
            defer { state.isSaving = true }
            return !state.isSaving
        }
        if mustPlan { queue.asyncAfter(deadline: .now() + Self.pause) { [weak self] in self?.write() } }
    }

    private func write() {
        guard let path else { return }
        let meters = state.withLock { state in
            state.isSaving = false
            return state.meters
        }
        let failure: (any Error)?
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try encoder.encode(meters).write(to: URL(fileURLWithPath: path), options: .atomic)
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
}
