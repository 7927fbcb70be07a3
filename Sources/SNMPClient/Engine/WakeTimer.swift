import Dispatch

/// One timer for all deadlines; rests when none is set.
final class WakeTimer {
    private let source: any DispatchSourceTimer
    /// When it will ring; nil while it rests.
    private var time: UInt64?

    /// A timer that calls on the given queue.
    init(queue: DispatchQueue, onWake: @escaping @Sendable () -> Void) {
        source = DispatchSource.makeTimerSource(queue: queue)
        source.setEventHandler { @Sendable in onWake() }
        source.activate()
    }

    deinit {
        source.cancel()
    }

    /// Nanoseconds of the system's monotonic clock.
    static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }

    /// Has the timer ring at a time or earlier, on the clock of ``now``.
    func ring(by wake: UInt64) {
        if let time, time <= wake { return }
        time = wake
        source.schedule(deadline: DispatchTime(uptimeNanoseconds: wake), leeway: .milliseconds(2))
    }

    /// To be called when it has rung.
    func rang() {
        time = nil
    }
}
