import Power

/// `pdus[]`: the keys of every PDU, whatever its driver.
enum PDUKeys {
    static let name = Key(
        "name",
        Form<PDUName>.pduName,
        .required,
        example: "bench",
        "The PDU's name in topics: 1 to 64 of `A-Z a-z 0-9 _ -`, unique in the fleet."
    )
    static let driver = Key(
        "driver",
        Form<DriverKind>.choice(),
        .required,
        example: "snmp",
        "What is spoken with the device. Further keys belong to each driver."
    )
    static let enabled = Key(
        "enabled",
        Form<Bool>.boolean,
        .value(true),
        example: "false",
        "Whether the PDU is used. One that is not is neither polled nor switched, but checked with the rest of the file."
    )
    static let label = Key(
        "label",
        Form<String>.text(),
        .optional("none"),
        example: "Bench strip",
        "A name for people."
    )
    static let location = Key(
        "location",
        Form<String>.text(),
        .optional("none"),
        example: "Lab 2",
        "Where it stands. Home Assistant suggests it as area."
    )
    static let timeout = Key(
        "timeout",
        Form<Duration>.duration(.milliseconds(100)...(.seconds(60))),
        .optional("`5s` for energenie and http, `2s` for snmp, `10s` for command"),
        example: "3s",
        "How long one request, or one run of a program, may take."
    )
    static let retries = Key(
        "retries",
        Form<Int>.integer(0...10),
        .optional("`1` for energenie and http, `2` for snmp, `0` for command"),
        example: "3",
        "How often a request without an answer is sent again; a switch only where that is safe."
    )
    static let poll = Key(
        "poll",
        Form<PollSettings>.section(PollKeys.table) { PollKeys.read($0, inheriting: $0.context.inherited.poll) },
        .optional("as `poll` on the left edge"),
        example: "{ interval: 5s }",
        "How often this device is read. What it leaves out is as in `poll` on the left edge."
    )
    static let telemetry = Key(
        "telemetry",
        Form<TelemetrySettings>.section(TelemetryKeys.table) {
            TelemetryKeys.read($0, inheriting: $0.context.inherited.telemetry)
        },
        .optional("as `telemetry` on the left edge"),
        example: "{ min_change: 5% }",
        "When its measurements are published. What it leaves out is as in `telemetry` on the left edge."
    )
    static let cycle = Key(
        "cycle",
        Form<Duration>.section(CycleKeys.table) { $0.given(CycleKeys.offTime) },
        .optional("as `defaults.cycle`"),
        example: "{ off_time: 10s }",
        "How a cycle is done, where an outlet says nothing else."
    )
    static let command = Key(
        "command",
        Form<Duration>.section(CommandRuleKeys.table) { $0.given(CommandRuleKeys.limit) },
        .optional("as `defaults.command`"),
        example: "{ limit: 30s }",
        "How commands are carried out, where an outlet says nothing else."
    )
    static let stagger = Key(
        "stagger",
        DefaultsKeys.stagger.form,
        .optional("`defaults.stagger`"),
        example: "1s",
        "The pause between two outlets in a command for all."
    )
    static let settle = Key(
        "settle",
        Form<Duration>.duration(.zero...(.seconds(60))),
        .optional("what the driver or the model says"),
        example: "3s",
        "How long the device may show the old state after a switch. A reading that disagrees is believed only then."
    )
    static let maximumCurrent = Key(
        "max_current",
        Form<Double>.number(0.1...1000),
        .optional("not known"),
        example: "16",
        "How much it may draw, in amperes: the page shows its load against that. It limits nothing."
    )
    static let circuit = CircuitKeys.reference("none")
    static let outlets = Key(
        "outlets",
        Form<[(OutletNumber, OutletSettings)]>.map(.outlets, .section(OutletKeys.table, read: OutletKeys.read)),
        .optional("the outlets that the device has"),
        example: "{ 1: { label: DUT A }, 4: { protected: true } }",
        "What is said of single outlets, by the number on the device. Outlets that are left out work too, except with "
            + "`oid` and with the drivers `command` and `http`, where the agent knows only those that are named."
    )

    static let entries = [
        name.entry, driver.entry, enabled.entry, label.entry, location.entry, timeout.entry, retries.entry,
        poll.entry, telemetry.entry, cycle.entry, command.entry, stagger.entry, settle.entry, circuit.entry,
        maximumCurrent.entry, outlets.entry,
    ]

    private static let refusals = [
        "area": "unknown key; did you mean \"location\"?",
        "ip": "unknown key; did you mean \"host\"?",
        "address": "unknown key; did you mean \"host\"?",
        "type": "unknown key; did you mean \"driver\"?",
    ]

    static let common = KeyTable("pdus[]", entries)
    private static let drivers: [(kind: DriverKind, table: KeyTable)] = [
        (.energenie, EnerGenieKeys.table), (.snmp, SNMPKeys.table), (.command, CommandKeys.table),
        (.http, HTTPKeys.table),
    ]
    /// The keys of a PDU by its driver.
    private static let tables = Dictionary(
        uniqueKeysWithValues: drivers.map { ($0.kind, table(of: $0.kind, $0.table)) }
    )
    /// For a PDU whose driver is not known: only what no driver has is wrong.
    private static let unknown = KeyTable("pdus[]", entries + drivers.flatMap(\.table.entries))

    static let form = Form<PDUSettings>(
        .variants(
            common: common,
            key: driver.name,
            drivers.map { ($0.kind.rawValue, $0.table) }
        ),
        expecting: "the keys of a PDU",
        read: read
    )

    private static func table(of kind: DriverKind, _ own: KeyTable) -> KeyTable {
        var foreign: [String: String] = [:]
        for (other, table) in drivers where other != kind {
            for name in table.names where !own.names.contains(name) {
                foreign[name] = foreign[name].map { "\($0) or \(other.rawValue)" } ?? other.rawValue
            }
        }
        return KeyTable(
            "pdus[]",
            entries + own.entries,
            refusals: foreign.mapValues { "this key belongs to driver: \($0)" }
                .merging(refusals.filter { !own.names.contains($0.key) }) { _, known in known }
                .merging(own.refusals) { _, own in own }
        )
    }

    @Sendable private static func read(_ spot: Spot) -> PDUSettings? {
        guard case .mapping(let entries) = spot.value.content else {
            spot.refuse(expecting: form.expectation)
            return nil
        }
        guard let entry = entries.first(where: { $0.key == driver.name }) else {
            spot.context.report(
                driver.requirement,
                path: "\(spot.path).\(driver.name)",
                at: spot.value.location
            )
            return Section(spot, unknown).flatMap { PDUReader(section: $0, kind: nil).read() }
        }
        let word = Spot(value: entry.value, path: "\(spot.path).\(driver.name)", context: spot.context)
        let kind = driver.form.read(word)
        let table = kind.flatMap { tables[$0] } ?? unknown
        return Section(spot, table).flatMap { PDUReader(section: $0, kind: kind).read() }
    }
}
