/// The last bytes of what a process wrote; what is older is forgotten.
struct OutputRing: Sendable {
    private var bytes: [UInt8] = []
    private let capacity: Int
    /// How many bytes were written in all.
    private(set) var total = 0

    init(capacity: Int) { self.capacity = max(capacity, 1) }

    mutating func append(_ new: some Collection<UInt8>) {
        total &+= new.count
        bytes.append(contentsOf: new)
        // Cut only when twice the size is reached, so that many small writes do not move everything each time.
        if bytes.count > 2 * capacity { bytes.removeFirst(bytes.count - capacity) }
    }

    var text: String { String(decoding: bytes.suffix(capacity), as: UTF8.self) }
}
