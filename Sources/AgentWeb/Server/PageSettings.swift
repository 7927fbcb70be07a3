/// What the site says of its page.
public struct PageSettings: Sendable, Equatable {
    /// Whose pages may show it in a frame: origins.
    public var frameAncestors: [String] = []
    /// What a kilowatt-hour costs.
    public var energyPrice: Double?
    /// The currency of `energyPrice`.
    public var currency = "EUR"

    /// A page that nobody may frame, and that knows no price.
    public init() {}
}
