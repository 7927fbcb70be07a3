/// Calls something on a loop at a time; it rests until it is set, and again once it has rung.
public final class LoopTimer: Sendable {
    private let loop: Loop
    private let number: UInt64
    private let label: StaticString
    private let body: @Sendable () -> Void

    /// A timer that rests.
    ///
    /// - Parameters:
    ///   - label: says what it is where the log tells what has held up the loop.
    ///   - body: called on the loop, at the time or up to a millisecond later.
    public init(on loop: Loop, label: StaticString, _ body: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.label = label
        self.body = body
        number = loop.newNumber()
    }

    deinit { cancel() }

    /// Has it ring at a time of `Loop.now`, and not at any set before. From any thread.
    public func ring(at time: UInt64) { loop.ring(number, at: time, label, body) }

    /// Has it ring after a while, and not at any time set before. From any thread.
    public func ring(after wait: Duration) {
        let (seconds, attoseconds) = min(max(wait, .zero), .seconds(86_400)).components
        ring(at: Loop.now + UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000))
    }

    /// Has it rest. Called on the loop, it does not ring after this.
    public func cancel() { loop.silence(number) }
}
