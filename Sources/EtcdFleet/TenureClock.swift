import Agent

/// The times of one tenure: from when on its owner may write, for how long a permit holds, and how long a successor has to
/// wait. It is a value, and time is an argument.
///
/// The rule that keeps two owners apart: a permit ends `window` after its transaction **began**; a tenure begins `writeTime`,
/// which is more, after the transaction that won it was **answered**.
struct TenureClock: Sendable {
    /// For how long requests of one write may leave.
    private let window: Duration
    /// Before that an earlier owner's requests may be on their way.
    let notBefore: ContinuousClock.Instant
    /// Until when requests of ended writes may be on their way; nothing while none was permitted.
    private var busyUntil: ContinuousClock.Instant?
    /// The ends of the permits of writes that the device has not answered: their requests may be on their way until
    /// `SharedPDU.margin` after it.
    private var open: [ContinuousClock.Instant] = []
    private var isClosed = false

    /// - Parameters:
    ///   - wonAt: when the claim was answered.
    ///   - noted: how long to wait, as the last owner has noted; where nobody has, the agent's own time is taken.
    init(_ window: Duration, wonAt: ContinuousClock.Instant, noted: Duration?) {
        self.window = window
        notBefore = wonAt + (noted ?? window + SharedPDU.margin)
    }

    /// Whether leave to write may be asked for.
    func mayAsk(at now: ContinuousClock.Instant) -> Bool { !isClosed && now >= notBefore }

    /// A transaction has shown that the tenure still holds.
    ///
    /// - Parameter window: for how long requests of the write may leave, where that is less than it could be.
    /// - Returns: when the permit ends; nothing when the tenure is being given up.
    mutating func permit(
        begunAt begun: ContinuousClock.Instant,
        for window: Duration? = nil
    ) -> ContinuousClock.Instant? {
        // Noted also when no permit follows: what the transaction has written has to be true.
        let end = begun + min(window ?? self.window, self.window)
        open.append(end)
        return isClosed ? nil : end
    }

    /// The device has answered a write, so that nothing of it leaves any more: only what left before the answer may still
    /// be on its way. A write that failed or was given up stays open: the kernel may send on for it.
    ///
    /// - Parameters:
    ///   - end: when its permit ends.
    ///   - now: a moment after the answer.
    mutating func answered(_ end: ContinuousClock.Instant, at now: ContinuousClock.Instant) {
        guard let place = open.firstIndex(of: end) else { return }
        open.remove(at: place)
        note(min(end, now) + SharedPDU.margin)
        // What is over needs no place of its own: failed writes may be many.
        for end in open where end < now { note(end + SharedPDU.margin) }
        open.removeAll { $0 < now }
    }

    private mutating func note(_ end: ContinuousClock.Instant) { busyUntil = max(busyUntil ?? end, end) }

    /// Gives no leave any more.
    ///
    /// - Returns: how long a successor has to wait from now on; nothing when nothing was ever permitted, so that what an
    ///   earlier owner has noted holds.
    mutating func close(at now: ContinuousClock.Instant) -> Duration? {
        isClosed = true
        for end in open { note(end + SharedPDU.margin) }
        open = []
        return busyUntil.map { max(.zero, now.duration(to: $0)) }
    }
}
