import DequeModule
import Synchronization

/// Lets the first readings of a fleet begin a few at a time.
///
/// Ten thousand devices asked at once are ten thousand answers in memory at once, and memory that so many small things
/// have shared cannot be given back piece by piece. A command for a device that was not asked yet has it asked at once, and waits
/// for few others. A device that does not answer makes room for the next one soon, so that the dead do not delay the living: even
/// if nobody answers, 2,560 devices are asked in a second.
final class FirstContacts: Sendable {
    /// How many devices are asked at once.
    static let window = 16
    /// How long a device may take before the next one is asked beside it: so many looks at the clock with so much time between
    /// them. A loop that is busy looks at it less often, and its devices have more time.
    static let patience = 5
    static let look = Duration.microseconds(1250)

    private struct State {
        /// No more than there are lanes.
        var waiting: Deque<PDULane> = []
        var arrived = 0
    }

    private let state = Mutex(State())
    private let signal = WakeSignal()

    /// Has these lanes' devices read for the first time, after those that wait already.
    func add(_ lanes: [PDULane]) {
        state.withLock { $0.waiting += lanes }
        signal.signal()
    }

    /// Has devices read until it is cancelled.
    func run(by timekeeper: any Timekeeper) async {
        var begun: Deque<Int> = []
        var (looks, nextLook) = (0, timekeeper.now + Self.look)
        while !Task.isCancelled {
            begun.removeFirst(min(begun.count, takeArrived()))
            if nextLook <= timekeeper.now {
                looks += 1
                nextLook = timekeeper.now + Self.look
                while let first = begun.first, first + Self.patience <= looks { begun.removeFirst() }
            }
            if begun.count < Self.window, let lane = state.withLock({ $0.waiting.popFirst() }) {
                begun.append(looks)
                await lane.makeContact { self.arrive() }
                continue
            }
            timekeeper.wake(signal, at: begun.isEmpty ? .never : nextLook)
            await signal.wait()
        }
        timekeeper.forget(signal)
    }

    private func arrive() {
        state.withLock { $0.arrived += 1 }
        signal.signal()
    }

    private func takeArrived() -> Int {
        state.withLock { state in
            defer { state.arrived = 0 }
            return state.arrived
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
