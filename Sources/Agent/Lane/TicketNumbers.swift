import Synchronization

/// Numbers the commands of a process in the order of their arrival.
public final class TicketNumbers: Sendable {
    private let last: Mutex<UInt64>
    /// The first number that is given.
    let first: UInt64

    /// Numbers that begin after the given one, the last that an earlier process left in its journal.
    public init(after last: UInt64 = 0) {
        self.last = Mutex(last)
        first = last &+ 1
    }

    /// Gives only numbers after this one from now on.
    func goOn(after number: UInt64) {
        last.withLock { $0 = max($0, number) }
    }

    func next() -> UInt64 {
        last.withLock { last in
            last &+= 1
            return last
        }
    }
}
