public import Foundation
import HeapModule
internal import Loop
import Synchronization

/// The real time, with one timer for all who wait: ten thousand lanes cost one entry in a heap each, not a timer each.
public final class SystemTimekeeper: Timekeeper {
    private struct Alarm: Comparable {
        let moment: Moment
        /// Tells a replaced alarm from the one that holds.
        let number: UInt64
        let signal: WakeSignal

        static func < (left: Alarm, right: Alarm) -> Bool {
            (left.moment, left.number) < (right.moment, right.number)
        }
        static func == (left: Alarm, right: Alarm) -> Bool { left.number == right.number }
    }

    private struct Alarms {
        var heap = Heap<Alarm>()
        var current: [ObjectIdentifier: Alarm] = [:]
        var lastNumber: UInt64 = 0
        var armedFor = Moment.never
        var timer: LoopTimer?
    }

    private let alarms = Mutex(Alarms())
    private let start = ContinuousClock.now

    /// A clock that starts now.
    public init() {
        let timer = LoopTimer(on: .shared, label: "whoever waits for a time") { [weak self] in self?.ring() }
        alarms.withLock { $0.timer = timer }
    }

    /// Nanoseconds since this timekeeper was made.
    public var now: Moment {
        Moment.start + start.duration(to: .now)
    }

    /// The system's wall clock.
    public var wallTime: Date { Date() }

    /// Gives the signal at the moment.
    public func wake(_ signal: WakeSignal, at moment: Moment) {
        guard moment < .never else { return forget(signal) }
        alarms.withLock { alarms in
            if alarms.current[ObjectIdentifier(signal)]?.moment == moment { return }
            alarms.lastNumber += 1
            let alarm = Alarm(moment: moment, number: alarms.lastNumber, signal: signal)
            alarms.heap.insert(alarm)
            alarms.current[ObjectIdentifier(signal)] = alarm
            dropReplaced(&alarms)
            if moment < alarms.armedFor {
                arm(for: moment, &alarms)
            }
        }
    }

    /// Forgets what was asked for this signal.
    public func forget(_ signal: WakeSignal) {
        alarms.withLock { _ = $0.current.removeValue(forKey: ObjectIdentifier(signal)) }
    }

    private func arm(for moment: Moment, _ alarms: inout Alarms) {
        alarms.armedFor = moment
        alarms.timer?.ring(after: moment - now)
    }

    private func ring() {
        let due = alarms.withLock { alarms -> [WakeSignal] in
            let now = now
            var due: [WakeSignal] = []
            while let first = alarms.heap.min, first.moment <= now || !isCurrent(first, alarms) {
                alarms.heap.removeMin()
                if isCurrent(first, alarms) {
                    alarms.current.removeValue(forKey: ObjectIdentifier(first.signal))
                    due.append(first.signal)
                }
            }
            alarms.armedFor = .never
            if let next = alarms.heap.min { arm(for: next.moment, &alarms) }
            return due
        }
        for signal in due { signal.signal() }
    }

    private func isCurrent(_ alarm: Alarm, _ alarms: Alarms) -> Bool {
        alarms.current[ObjectIdentifier(alarm.signal)] == alarm
    }

    /// Keeps the heap in proportion to those who wait: replaced alarms would else stay until their moment.
    private func dropReplaced(_ alarms: inout Alarms) {
        guard alarms.heap.count > 2 * alarms.current.count + 1024 else { return }
        alarms.heap = Heap(alarms.current.values)
    }
}
