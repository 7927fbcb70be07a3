/// What a device answered, and how often it had to be asked.
public struct SNMPReply: Sendable, Hashable {
    /// The objects with their values.
    public let varBinds: [VarBind]
    /// How often the request was sent until then, 1 or more.
    public let tries: Int

    /// A reply.
    public init(_ varBinds: [VarBind], tries: Int = 1) {
        self.varBinds = varBinds
        self.tries = max(1, tries)
    }
}
