public import Power

/// Everything needed to set up the lane of one PDU.
public struct LaneBlueprint: Sendable {
    /// What the configuration says about the PDU.
    public var rules: LaneRules
    /// Makes the driver.
    public var makeDriver: @Sendable () -> any PDUDriver

    /// A blueprint.
    public init(rules: LaneRules, makeDriver: @escaping @Sendable () -> any PDUDriver) {
        self.rules = rules
        self.makeDriver = makeDriver
    }
}
