/// What a device can take at once.
struct RequestLimits: Sendable, Hashable {
    /// The most objects in one request.
    var varBinds = 32
    /// The most requests under way at once.
    var concurrent = 4
}
