/// Which of a host's addresses is tried when (RFC 8305): one after the other, of both families in turn, the next as soon
/// as one has failed, and 250 ms after the last was begun where that has not answered.
///
/// It decides only: it connects nothing, and time is an argument.
public struct AddressRace: Sendable, Equatable {
    /// What to do now.
    public enum Step: Sendable, Equatable {
        /// Begin a connection to this address.
        case begin(String)
        /// Nothing before this moment, unless something happens.
        case wait(until: Duration)
        /// Nothing but to wait for those that were begun.
        case waitForThose
        /// Every address has failed.
        case over
    }

    /// RFC 8305's connection attempt delay.
    public static let stagger = Duration.milliseconds(250)

    private var left: [String]
    private var underWay: Set<String> = []
    private var nextAt = Duration.zero

    /// A race among the addresses that the resolver gave, in its order.
    public init(_ addresses: [String]) {
        left = Self.interleaved(addresses)
    }

    /// What to do at some moment; times count from any fixed one.
    public mutating func next(now: Duration) -> Step {
        guard !left.isEmpty else { return underWay.isEmpty ? .over : .waitForThose }
        guard underWay.isEmpty || now >= nextAt else { return .wait(until: nextAt) }
        let address = left.removeFirst()
        underWay.insert(address)
        nextAt = now + Self.stagger
        return .begin(address)
    }

    /// A connection to an address came to nothing: the next need not wait.
    public mutating func failed(_ address: String) {
        guard underWay.remove(address) != nil else { return }
        nextAt = .zero
    }

    /// The families in turn, beginning with that of the first, each in its own order.
    private static func interleaved(_ addresses: [String]) -> [String] {
        func isIPv6(_ address: String) -> Bool { address.contains(":") }
        guard let first = addresses.first else { return [] }
        let same = addresses.filter { isIPv6($0) == isIPv6(first) }
        let other = addresses.filter { isIPv6($0) != isIPv6(first) }
        var result: [String] = []
        for index in 0..<max(same.count, other.count) {
            if index < same.count { result.append(same[index]) }
            if index < other.count { result.append(other[index]) }
        }
        return result
    }
}
