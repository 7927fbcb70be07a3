import DequeModule
import Synchronization

/// Lets the first readings of a fleet begin a few at a time.
///
/// Ten thousand devices asked at once are ten thousand answers in memory at once, and memory that so many small things
/// have shared cannot be given back piece by piece. A device that does not answer makes room for the next one soon, so
/// that the dead do not delay the living: even if nobody answers, 2,560 devices are asked in a second.
final class FirstContacts: Sendable {
    /// How many devices are asked at once.
    static let window = 64
    /// How long a device may take before the next one is asked beside it.
    static let patience = Duration.milliseconds(25)

    private let arrived = Mutex(0)
    private let signal = WakeSignal()

    /// Has every lane's device read for the first time; returns when the last one was told to.
    func begin(_ lanes: [PDULane], by timekeeper: any Timekeeper) async {
        var begun: Deque<Moment> = []
        for lane in lanes {
            while true {
                begun.removeFirst(min(begun.count, takeArrived()))
                while let first = begun.first, first + Self.patience <= timekeeper.now { begun.removeFirst() }
                guard begun.count >= Self.window, let first = begun.first, !Task.isCancelled else { break }
                timekeeper.wake(signal, at: first + Self.patience)
                await signal.wait()
            }
            begun.append(timekeeper.now)
            await lane.whenContacted { self.arrive() }
            await lane.readSoon()
        }
        timekeeper.forget(signal)
    }

    private func arrive() {
        arrived.withLock { $0 += 1 }
        signal.signal()
    }

    private func takeArrived() -> Int {
        arrived.withLock { arrived in
            defer { arrived = 0 }
            return arrived
        }
    }
}

extension PDULane {
    /// Waits until every device has answered or failed once, or until the moment.
    public static func awaitFirstContact(
        of lanes: [PDULane],
        until limit: Moment,
        by timekeeper: any Timekeeper
    ) async {
        let countdown = Countdown(lanes.count)
        for lane in lanes { await lane.whenContacted { countdown.arrive() } }
        await countdown.wait(until: limit, by: timekeeper)
    }
}
