/// How a value is written, and how it is read.
struct Form<Value: Sendable>: Sendable {
    let kind: ValueKind
    /// What to write, as `a time such as 10s`.
    let expectation: String
    /// A value as it stands in a file.
    let show: @Sendable (Value) -> String
    /// Reads a value; nothing when it is wrong, which is reported.
    let read: @Sendable (Spot) -> Value?

    init(
        _ kind: ValueKind,
        expecting expectation: String,
        show: @escaping @Sendable (Value) -> String = { "\($0)" },
        read: @escaping @Sendable (Spot) -> Value?
    ) {
        self.kind = kind
        self.expectation = expectation
        self.show = show
        self.read = read
    }
}
