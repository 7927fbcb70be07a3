import CPoll

/// What happens to a descriptor, and what is of interest of it.
public struct LoopEvents: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8

    /// Events of these bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// There is something to read, or reading tells what is wrong.
    public static let readable = LoopEvents(rawValue: 1)
    /// Something can be written.
    public static let writable = LoopEvents(rawValue: 2)

    var mask: UInt32 {
        (contains(.readable) ? EPOLLIN.rawValue : 0) | (contains(.writable) ? EPOLLOUT.rawValue : 0)
    }

    init(mask: UInt32) {
        let isWritable = mask & EPOLLOUT.rawValue != 0
        // A connection that was reset is told of even to those who ask for nothing: reading finds out why.
        self = mask & EPOLLIN.rawValue != 0 || !isWritable ? .readable : []
        if isWritable { insert(.writable) }
    }
}

/// Watches a descriptor on a loop. The descriptor is its owner's, who closes it after `cancel()`.
public final class LoopSource: Sendable {
    private let loop: Loop
    private let descriptor: Int32
    private let number: UInt64

    /// A watch that looks out for nothing yet.
    ///
    /// - Parameters:
    ///   - label: says what it is where the log tells what has held up the loop.
    ///   - body: called on the loop, again and again for as long as it is so.
    public init(
        _ descriptor: Int32,
        on loop: Loop,
        label: StaticString,
        _ body: @escaping @Sendable (LoopEvents) -> Void
    ) {
        self.loop = loop
        self.descriptor = descriptor
        number = loop.newNumber()
        loop.add(number, label, body)
    }

    /// Looks out for something else. A descriptor that nothing is wanted of is taken out, as the end of a connection
    /// would be told of again and again.
    ///
    /// - Parameter before: what it looked out for until now.
    public func watch(for events: LoopEvents, instead before: LoopEvents) {
        guard events != before else { return }
        loop.watch(descriptor, number, for: events, instead: before)
    }

    /// Ends it. Called on the loop, the body is not called after this.
    ///
    /// - Parameter before: what it looked out for until now.
    public func cancel(_ before: LoopEvents) {
        watch(for: [], instead: before)
        loop.remove(number)
    }
}
