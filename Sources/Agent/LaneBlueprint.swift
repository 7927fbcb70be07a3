public import Power

/// Everything needed to set up the lane of one PDU.
public struct LaneBlueprint: Sendable {
    /// What the configuration says about the PDU.
    public var rules: LaneRules
    /// Differs when the device has to be spoken to in another way although its entry in the configuration is the same, as
    /// after a change of a model file.
    public var fingerprint: Int
    /// For how long requests of one write may leave, where the agent shares the PDU with others.
    public var writeWindow: Duration
    /// Makes the driver.
    public var makeDriver: @Sendable () -> any PDUDriver

    /// A blueprint.
    public init(
        rules: LaneRules,
        fingerprint: Int = 0,
        writeWindow: Duration = .seconds(2),
        makeDriver: @escaping @Sendable () -> any PDUDriver
    ) {
        self.writeWindow = writeWindow
        self.rules = rules
        self.fingerprint = fingerprint
        self.makeDriver = makeDriver
    }
}
