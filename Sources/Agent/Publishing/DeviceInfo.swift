import Power

/// What a PDU is, as published on its `info` topic.
struct DeviceInfo: Encodable, Equatable {
    struct Outlet: Encodable, Equatable {
        var label: String?
        var protected: Bool?
        var offForbidden: Bool?
        var maximumCurrent: Double?

        private enum CodingKeys: String, CodingKey {
            case label, protected
            case offForbidden = "off_forbidden"
            case maximumCurrent = "max_current"
        }
    }

    var driver: String
    var model: String?
    var label: String?
    var location: String?
    var firmware: String?
    var serial: String?
    /// By number, as text: JSON has no other keys.
    var outlets: [String: Outlet]
    /// Why the PDU is offline.
    var problem: String?
    /// What the device complains about.
    var warnings: [String]?
    /// How much the PDU may draw, in amperes, where the configuration says.
    var maximumCurrent: Double?
    /// The agent that reads and switches the PDU; in a fleet its owner.
    var agent: String?
    /// Which tenure it is: a later owner has a larger number.
    var epoch: Int64?
    /// How long a successor waits before it writes, in seconds.
    var writeTime: Double?

    private enum CodingKeys: String, CodingKey {
        case driver, model, label, location, firmware, serial, outlets, problem, warnings, agent, epoch
        case maximumCurrent = "max_current"
        case writeTime = "write_time_s"
    }

    init(
        rules: LaneRules,
        description: DeviceDescription?,
        outlets numbers: some Sequence<OutletNumber>,
        problem: String?,
        warnings: [String],
        agent: String? = nil,
        tenure: TenureInfo? = nil
    ) {
        self.agent = tenure?.agent ?? agent
        epoch = tenure?.epoch
        writeTime = tenure?.writeTime.inSeconds
        driver = rules.traits.driver
        model = description?.model ?? rules.traits.model
        label = rules.label
        location = rules.location
        firmware = description?.firmware
        serial = description?.serial
        maximumCurrent = rules.maximumCurrent
        self.problem = problem
        self.warnings = warnings.isEmpty ? nil : warnings
        outlets = [:]
        for number in numbers {
            let outletRules = rules.outlet(number)
            outlets[number.description] = Outlet(
                label: outletRules.label ?? description?.outletNames[number],
                protected: outletRules.isProtected ? true : nil,
                offForbidden: outletRules.isOffForbidden ? true : nil,
                maximumCurrent: outletRules.maximumCurrent
            )
        }
    }
}
