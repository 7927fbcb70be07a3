/// A clock with its type taken off: the time since some moment, and a sleep.
struct DeviceClock: Sendable {
    /// The time since the clock was wrapped.
    let now: @Sendable () -> Duration
    /// Sleeps; throws when the task is cancelled.
    let sleep: @Sendable (Duration) async throws -> Void

    init<Base: Clock>(_ base: Base) where Base.Duration == Duration {
        let start = base.now
        now = { start.duration(to: base.now) }
        sleep = { try await base.sleep(until: base.now.advanced(by: $0), tolerance: nil) }
    }
}
