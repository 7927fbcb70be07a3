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
    static let host = Key("host", Form<String>.host, .required, example: "192.0.2.10", "Its host name or address.")
    static let port = Key(
        "port",
        Form<Int>.port,
        .optional("`80` and `5000` for energenie's `http` and `tcp`, `161` for snmp"),
        example: "1161",
        "The TCP port, for snmp the UDP port."
    )
    static let timeout = Key(
        "timeout",
        Form<Duration>.duration(.milliseconds(100)...(.seconds(60))),
        .optional("`5s` for energenie, `2s` for snmp"),
        example: "3s",
        "How long one request may take."
    )
    static let retries = Key(
        "retries",
        Form<Int>.integer(0...10),
        .optional("`1` for energenie, `2` for snmp"),
        example: "3",
        "How often a request without an answer is sent again."
    )
    static let poll = Key(
        "poll",
        Form<PollSettings>.section(PollKeys.table) { PollKeys.read($0, inheriting: $0.context.inherited.poll) },
        .optional("as `poll` on the left edge"),
        example: "{ interval: 5s }",
        "How often this device is read. What it leaves out is as in `poll` on the left edge."
    )
    static let cycle = Key(
        "cycle",
        Form<Duration>.section(CycleKeys.table) { $0.given(CycleKeys.offTime) },
        .optional("as `defaults.cycle`"),
        example: "{ off_time: 10s }",
        "How a cycle is done, where an outlet says nothing else."
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
    static let circuit = CircuitKeys.reference("none")
    static let outlets = Key(
        "outlets",
        Form<[(OutletNumber, OutletSettings)]>.map(.outlets, .section(OutletKeys.table, read: OutletKeys.read)),
        .optional("the outlets that the device has"),
        example: "{ 1: { label: DUT A }, 4: { protected: true } }",
        "What is said of single outlets, by the number on the device. Outlets that are left out work too, except with "
            + "`oid`, where the agent knows only those that are named."
    )

    static let entries = [
        name.entry, driver.entry, enabled.entry, label.entry, location.entry, host.entry, port.entry, timeout.entry,
        retries.entry, poll.entry, cycle.entry, stagger.entry, settle.entry, circuit.entry, outlets.entry,
    ]

    private static let refusals = [
        "area": "unknown key; did you mean \"location\"?",
        "ip": "unknown key; did you mean \"host\"?",
        "address": "unknown key; did you mean \"host\"?",
        "type": "unknown key; did you mean \"driver\"?",
    ]

    static let common = KeyTable("pdus[]", entries)
    private static let energenie = table(EnerGenieKeys.table, other: SNMPKeys.table, of: .snmp)
    private static let snmp = table(SNMPKeys.table, other: EnerGenieKeys.table, of: .energenie)
    /// For a PDU whose driver is not known: only what no driver has is wrong.
    private static let unknown = KeyTable("pdus[]", entries + EnerGenieKeys.table.entries + SNMPKeys.table.entries)

    static let form = Form<PDUSettings>(
        .variants(
            common: common,
            key: driver.name,
            [(DriverKind.energenie.rawValue, EnerGenieKeys.table), (DriverKind.snmp.rawValue, SNMPKeys.table)]
        ),
        expecting: "the keys of a PDU",
        read: read
    )

    private static func table(_ own: KeyTable, other: KeyTable, of kind: DriverKind) -> KeyTable {
        let foreign = other.entries.map { ($0.name, "this key belongs to driver: \(kind.rawValue)") }
        let known = own.names
        return KeyTable(
            "pdus[]",
            entries + own.entries,
            refusals: refusals.merging(foreign.filter { !known.contains($0.0) }) { _, foreign in foreign }
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
        let table =
            switch kind {
            case .energenie: energenie
            case .snmp: snmp
            case nil: unknown
            }
        return Section(spot, table).flatMap { PDUReader(section: $0, kind: kind).read() }
    }
}
