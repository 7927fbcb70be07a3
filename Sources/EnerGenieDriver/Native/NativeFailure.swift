/// Why a connection of the native protocol did not come about.
struct NativeFailure: Error, Sendable {
    /// How far it got.
    let step: NativeStep
    /// What happened there.
    let reason: ExchangeError
    /// How many start bytes were sent.
    let starts: Int

    /// Whether it was this side that gave up.
    var isCancellation: Bool {
        if case .cancelled = reason { true } else { false }
    }
}
