/// `cycle`, of all PDUs, of one and of an outlet.
enum CycleKeys {
    /// The words of `cycle.by`.
    enum Actor: String, Sendable, CaseIterable {
        case agent, device
    }

    static let standardOffTime = Duration.seconds(5)

    static let offTime = Key(
        "off_time",
        Form<Duration>.duration(.milliseconds(100)...(.seconds(3600))),
        .value(standardOffTime),
        example: "10s",
        "How long an outlet stays off in a cycle, where the command says nothing else."
    )
    static let outletOffTime = Key(
        offTime.name,
        offTime.form,
        .optional("the PDU's `cycle.off_time`"),
        example: "30s",
        "How long the outlet stays off in a cycle, where the command says nothing else."
    )
    static let by = Key(
        "by",
        Form<Actor>.choice(),
        .value(.agent),
        example: "device",
        "Who switches off and on again: the agent, or the device in its own time. The latter also works for the outlet "
            + "that feeds the agent's own network, but only with SNMP models that know how."
    )

    static let table = KeyTable("cycle", [offTime.entry])
    static let outletTable = KeyTable("pdus[].outlets.<number>.cycle", [outletOffTime.entry, by.entry])

    static func read(_ section: Section) -> OutletSettings.Cycle? {
        let offTime = section[outletOffTime]
        guard let by = section[by] else { return nil }
        if by == .device, section.has(outletOffTime.name) {
            section.report(outletOffTime.name, "with by: device the device itself decides how long; leave it out")
        }
        switch by {
        case .device: return .byDevice
        case .agent: return .byAgent(offTime: offTime ?? section.context.inherited.cycleOffTime)
        }
    }
}

/// `command`, of all PDUs, of one and of an outlet: how commands are carried out.
enum CommandRuleKeys {
    static let standardLimit = Duration.seconds(15)

    static let limit = Key(
        "limit",
        Form<Duration>.duration(.milliseconds(500)...(.seconds(3600))),
        .value(standardLimit),
        example: "30s",
        "How long the agent tries to carry out a command before it gives up, where the command says nothing else."
    )

    static let table = KeyTable("command", [limit.entry])
    static let outletTable = KeyTable("pdus[].outlets.<number>.command", [limit.entry])
}
