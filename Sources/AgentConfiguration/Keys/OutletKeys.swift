import Power

/// `pdus[].outlets.<number>`.
enum OutletKeys {
    static let label = Key(
        "label",
        Form<String>.text(),
        .optional("none"),
        example: "DUT 3, i.MX8",
        "A name for people, such as the device under test behind it."
    )
    static let protected = Key(
        "protected",
        Form<Bool>.boolean,
        .value(false),
        example: "true",
        "Whether a command is carried out only with `force`."
    )
    static let offForbidden = Key(
        "off_forbidden",
        Form<Bool>.boolean,
        .value(false),
        example: "true",
        "Whether it is never switched off or cycled, not even with `force`."
    )
    static let minimumOnTime = Key(
        "min_on_time",
        Form<Duration>.duration(.milliseconds(100)...(.seconds(86400))),
        .optional("none"),
        example: "30s",
        "How long it stays on at least, once it was switched on."
    )
    static let minimumOffTime = Key(
        "min_off_time",
        Form<Duration>.duration(.milliseconds(100)...(.seconds(86400))),
        .optional("none"),
        example: "3m",
        "How long it stays off at least, once it was switched off: for compressors and lamps."
    )
    static let maximumCyclesPerHour = Key(
        "max_cycles_per_hour",
        Form<Int>.integer(1...3600),
        .optional("no limit"),
        example: "12",
        "How often it may be cycled within an hour; a further command is rejected as `rate_limited`."
    )
    static let onReturn = Key(
        "on_return",
        Form<OutletSettings.ReturnPolicy>.choice(),
        .value(.observe),
        example: "restore",
        "What is done when the device answers again after it could not be reached: nothing (`observe`), the "
            + "state that was last read before it went away is set again (`restore`), or the outlet is switched `on` or "
            + "`off`; see [safety](safety.md#when-a-device-comes-back)."
    )
    static let cycle = Key(
        "cycle",
        Form<OutletSettings.Cycle>.section(CycleKeys.outletTable, read: CycleKeys.read),
        .optional("as the PDU's `cycle`"),
        example: "{ off_time: 30s }",
        "How a cycle is done."
    )
    static let command = Key(
        "command",
        Form<Duration>.section(CommandRuleKeys.outletTable) { $0.given(CommandRuleKeys.limit) },
        .optional("as the PDU's `command`"),
        example: "{ limit: 30s }",
        "How commands are carried out."
    )
    static let maximumCurrent = Key(
        "max_current",
        Form<Double>.number(0.1...1000),
        .optional("not known"),
        example: "10",
        "How much it may draw, in amperes: the page shows its load against that. It limits nothing."
    )
    static let circuit = CircuitKeys.reference("the PDU's `circuit`")

    static let table = KeyTable(
        "pdus[].outlets.<number>",
        [
            label.entry, protected.entry, offForbidden.entry, minimumOnTime.entry, minimumOffTime.entry,
            maximumCyclesPerHour.entry, onReturn.entry, cycle.entry, command.entry, circuit.entry, maximumCurrent.entry,
        ],
        refusals: ["name": "unknown key; did you mean \"label\"?"]
    )

    static func read(_ section: Section) -> OutletSettings? {
        let inherited = section.context.inherited
        let last = inherited.lastOutlet
        if let number = Int(section.name), number > last {
            section.context.report("the device has only outlets 1 to \(last)", path: section.path, at: section.location)
        }
        let label = section[label]
        let isProtected = section[protected]
        let forbidsOff = section[offForbidden]
        let minimumOnTime = section[minimumOnTime]
        let minimumOffTime = section[minimumOffTime]
        let maximumCycles = section[maximumCyclesPerHour]
        let onReturn = section[onReturn]
        let cycle = section[cycle]
        let limit = section[command]
        let circuit = CircuitKeys.read(circuit, in: section) ?? inherited.circuit
        let maximumCurrent = section[maximumCurrent]
        if forbidsOff == true {
            for name in [Self.cycle.name, maximumCyclesPerHour.name, Self.minimumOffTime.name] where section.has(name) {
                section.report(name, "off_forbidden: true never lets it go off; leave one of them out")
            }
            if onReturn == .off { section.report(Self.onReturn.name, "off_forbidden: true never lets it go off") }
        }
        if cycle == .byDevice, !inherited.mayCycleByItself {
            section.report(
                Self.cycle.name,
                "nothing is known of how this device cycles by itself; leave by: device out"
            )
        } else if cycle == .byDevice, let circuit {
            section.report(
                Self.cycle.name,
                "the device would switch on without waiting for its turn in the circuit \(circuit); leave by: device or the "
                    + "circuit out"
            )
        }
        guard let isProtected, let forbidsOff, let onReturn else { return nil }
        return OutletSettings(
            label: label,
            isProtected: isProtected,
            forbidsOff: forbidsOff,
            minimumOnTime: minimumOnTime,
            minimumOffTime: minimumOffTime,
            maximumCyclesPerHour: maximumCycles,
            limit: limit,
            cycle: cycle ?? .byAgent(offTime: inherited.cycleOffTime),
            onReturn: onReturn,
            circuit: circuit,
            maximumCurrent: maximumCurrent
        )
    }
}
