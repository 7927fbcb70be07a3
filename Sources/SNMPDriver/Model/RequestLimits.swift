/// The most that devices of a model are asked for at once.
struct RequestLimits: Sendable, Hashable {
    /// Objects in one request.
    var varBinds = 32
    /// Requests under way at once: one, unless a model file says that its devices were seen to stand more.
    var concurrent = 1
}
