import Agent

/// The times of one tenure: from when on its owner may write, for how long a permit holds, and how long a successor has to
/// wait. It is a value, and time is an argument.
///
/// The rule that keeps two owners apart: a permit ends `window` after its transaction **began**; a tenure begins `writeTime`,
/// which is more, after the transaction that won it was **answered**.
struct TenureClock: Sendable {
    private let shared: SharedPDU
    /// Before that an earlier owner's requests may be on their way.
    let notBefore: ContinuousClock.Instant
    /// Until when requests that were permitted may be on their way; nothing while none was.
    private var busyUntil: ContinuousClock.Instant?
    private var isClosed = false

    /// - Parameters:
    ///   - wonAt: when the claim was answered.
    ///   - noted: how long to wait, as the last owner has noted; where nobody has, the agent's own time is taken.
    init(_ shared: SharedPDU, wonAt: ContinuousClock.Instant, noted: Duration?) {
        self.shared = shared
        notBefore = wonAt + (noted ?? shared.writeTime)
    }

    /// Whether leave to write may be asked for.
    func mayAsk(at now: ContinuousClock.Instant) -> Bool { !isClosed && now >= notBefore }

    /// A transaction has shown that the tenure still holds.
    ///
    /// - Returns: when the permit ends; nothing when the tenure is being given up.
    mutating func permit(begunAt begun: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        // Noted also when no permit follows: what the transaction has written has to be true.
        let end = begun + shared.writeTime
        busyUntil = max(busyUntil ?? end, end)
        return isClosed ? nil : begun + shared.window
    }

    /// Gives no leave any more.
    ///
    /// - Returns: how long a successor has to wait from now on; nothing when nothing was ever permitted, so that what an
    ///   earlier owner has noted holds.
    mutating func close(at now: ContinuousClock.Instant) -> Duration? {
        isClosed = true
        return busyUntil.map { max(.zero, now.duration(to: $0)) }
    }
}
