/// How soon after one request a device may be asked the next.
///
/// Some firmware hangs when it is asked again at once (seen with EG-PM2-LAN, which wants 5 s); the rest needs no pause.
struct Pace: Sendable {
    /// The time between the end of one request and the start of the next.
    let pause: Duration
    private var end: Duration?

    init(pause: Duration) {
        self.pause = pause
    }

    /// How long a request at this moment still has to wait; zero when it may go.
    func wait(at now: Duration) -> Duration {
        guard let end else { return .zero }
        return max(.zero, end + pause - now)
    }

    /// Notes that a request ended: answered, failed or given up.
    mutating func requestEnded(at now: Duration) {
        end = now
    }
}
