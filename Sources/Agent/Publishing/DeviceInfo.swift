import Power

/// What a PDU is, as published on its `info` topic.
struct DeviceInfo {
    struct Outlet {
        var label: String?
        var isProtected = false
        var isOffForbidden = false
        var maximumCurrent: Double?
    }

    var driver: String
    var model: String?
    var label: String?
    var location: String?
    var firmware: String?
    var serial: String?
    /// In the order of their numbers.
    var outlets: [(number: OutletNumber, Outlet)]
    /// Why the PDU is offline.
    var problem: String?
    /// What the device complains about.
    var warnings: [String]
    /// How much the PDU may draw, in amperes, where the configuration says.
    var maximumCurrent: Double?
    /// The agent that reads and switches the PDU; in a fleet its owner.
    var agent: String?
    /// In a fleet, the tenure: a later owner has a larger number.
    var epoch: Int64?
    /// How long a successor waits before it writes, in seconds.
    var writeTime: Double?

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
        self.warnings = warnings
        outlets = numbers.sorted().map { number in
            let outletRules = rules.outlet(number)
            let outlet = Outlet(
                label: outletRules.label ?? description?.outletNames[number],
                isProtected: outletRules.isProtected,
                isOffForbidden: outletRules.isOffForbidden,
                maximumCurrent: outletRules.maximumCurrent
            )
            return (number, outlet)
        }
    }

    /// As it is published. Written without a general encoder, which took a tenth of the start of a large fleet.
    var json: [UInt8] {
        var object = JSONBytes(capacity: 160 + 8 * outlets.count)
        if let agent { object.add("agent", agent) }
        object.add("driver", driver)
        if let epoch { object.add("epoch", Int(epoch)) }
        if let firmware { object.add("firmware", firmware) }
        if let label { object.add("label", label) }
        if let location { object.add("location", location) }
        if let maximumCurrent { object.add("max_current", maximumCurrent) }
        if let model { object.add("model", model) }
        object.add("outlets") { object in
            for (number, outlet) in outlets {
                object.add(number.description) { object in
                    if let label = outlet.label { object.add("label", label) }
                    if let current = outlet.maximumCurrent { object.add("max_current", current) }
                    if outlet.isOffForbidden { object.add("off_forbidden", true) }
                    if outlet.isProtected { object.add("protected", true) }
                }
            }
        }
        if let problem { object.add("problem", problem) }
        if let serial { object.add("serial", serial) }
        if !warnings.isEmpty { object.add("warnings", warnings) }
        if let writeTime { object.add("write_time_s", writeTime) }
        return object.finished()
    }
}
