/// Somebody who wants to know that the broker has a publication.
public struct Receipt: Sendable, Equatable {
    private let ticket: UInt64
    private let action: @Sendable () -> Void

    init(ticket: UInt64, _ action: @escaping @Sendable () -> Void) {
        self.ticket = ticket
        self.action = action
    }

    /// Tells that the publication needs no further try; from any thread.
    public func give() { action() }

    /// Receipts for the same ticket are equal.
    public static func == (left: Receipt, right: Receipt) -> Bool { left.ticket == right.ticket }
}
