/// How long a start byte waits for the device's challenge before it is sent again.
///
/// Both ways of being wrong cost something. A device that gives up an earlier session ignores the start byte, and is to
/// be asked again soon. One that has taken it ends the session at a second one, so a far device must be given the time
/// of the way to it and back.
struct StartPatience: Sendable, Equatable {
    /// What a device gets of which nothing is known: longer than the way to any place on earth and back.
    private static let unknown = Duration.seconds(1)

    /// The least.
    let floor: Duration
    /// The most.
    let ceiling: Duration
    private var learnt: Duration?

    init(floor: Duration, ceiling: Duration) {
        self.floor = max(.milliseconds(1), floor)
        self.ceiling = max(.milliseconds(1), ceiling)
    }

    /// How long each start byte of a connection waits.
    ///
    /// - Parameter connecting: how long it took to connect, which is the way there and back.
    func wait(connecting: Duration) -> Duration {
        min(ceiling, max(floor, learnt ?? Self.unknown, connecting * 4))
    }

    /// The device answered the first start byte of a connection after so long.
    mutating func answered(after wait: Duration) {
        learnt = min(ceiling, wait * 4)
    }

    /// More than one start byte was sent, and then the device went silent: the last may have ended the session that the
    /// first had begun.
    mutating func spoiled() {
        learnt = min(ceiling, (learnt ?? Self.unknown) * 2)
    }
}
