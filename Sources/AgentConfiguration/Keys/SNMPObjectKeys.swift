/// The keys of `driver: snmp` that say which objects are read and written: a model, or object identifiers.
enum SNMPObjectKeys {
    static let model = Key(
        "model",
        Form<SNMPModelReference>.model,
        .optional("required, if not `oid`"),
        example: "raritan-px2",
        "The model: a built-in one, a file of the site's own (a path with a `/` in it), or `auto` to ask the device."
    )
    static let index = Key(
        "index",
        Form<[(String, SNMPValue)]>.map(.names, .indexValue),
        .optional("what the model says"),
        example: "{ pdu: 2 }",
        "The parts of the model's object identifiers that are not the outlet, such as the unit of a daisy chain: a number, or a text in quotes."
    )
    static let oid = Key(
        "oid",
        Form<NumericOID>.oid,
        .optional("required, if not `model`"),
        example: "1.3.6.1.4.1.13742.6.4.1.2.1.2.1",
        "The object that is written. The outlet's number is appended."
    )
    static let on = Key(
        "on",
        Form<SNMPValue>.snmpValue,
        .optional("required with `oid`"),
        example: "1",
        "The value that switches on."
    )
    static let off = Key(
        "off",
        Form<SNMPValue>.snmpValue,
        .optional("required with `oid`"),
        example: "0",
        "The value that switches off."
    )
    static let type = Key(
        "type",
        Form<BareSNMPObjects.ValueType>.choice(),
        .optional("`integer` for numbers, `string` for text"),
        example: "unsigned",
        "The SNMP type that is written: INTEGER, Unsigned32 (Gauge32) or OCTET STRING."
    )
    static let state = Key(
        "state",
        Form<BareSNMPObjects.State>.section(SNMPStateKeys.table, read: SNMPStateKeys.read),
        .optional("the written object is read back"),
        example: "{ oid: 1.3.6.1.4.1.13742.6.4.1.2.1.3.1, on: 7, off: 8 }",
        "The object that is read."
    )

    static let entries = [model.entry, index.entry, oid.entry, on.entry, off.entry, type.entry, state.entry]
    private static let bareNames = [oid.name, on.name, off.name, type.name, state.name]

    static func read(_ section: Section) -> SNMPSettings.Objects? {
        let model = section[model]
        let index = section[index] ?? []
        let bare = readBare(section)
        if section.has(Self.model.name) {
            for name in bareNames where section.has(name) {
                section.report(name, "the model says which objects there are; leave out model or this key")
            }
            return model.map { .model($0, index: Dictionary(index, uniquingKeysWith: { first, _ in first })) }
        }
        if section.has(Self.index.name) {
            section.report(Self.index.name, "only a model has index parts; write them into oid")
        }
        if !section.has(oid.name) {
            section.report(Self.model.name, "give model, or oid, on and off")
        }
        return bare.map { .bare($0) }
    }

    /// Whether the objects are given by their identifiers.
    static func isBare(_ section: Section) -> Bool { section.has(oid.name) && !section.has(model.name) }

    private static func readBare(_ section: Section) -> BareSNMPObjects? {
        let oid = section[oid]
        let on = section[on]
        let off = section[off]
        let type = section[type]
        let state = section[state]
        guard isBare(section) else { return nil }
        for name in [Self.on.name, Self.off.name] where !section.has(name) {
            section.report(name, "with oid this key is required: the value that switches \(name)")
        }
        guard let oid, let on, let off else { return nil }
        let actualType = type ?? (on.isText ? .string : .integer)
        for (name, value) in [(Self.on.name, on), (Self.off.name, off)] where !actualType.fits(value) {
            section.report(name, "\(value.description.quoted) does not fit \(actualType.range)")
        }
        if on == off { section.report(Self.off.name, "on and off are the same value") }
        return BareSNMPObjects(
            oid: oid,
            type: actualType,
            on: on,
            off: off,
            state: state ?? BareSNMPObjects.State(oid: oid, on: [on], off: [off])
        )
    }
}

extension SNMPValue {
    fileprivate var isText: Bool { if case .text = self { true } else { false } }
}

extension BareSNMPObjects.ValueType {
    fileprivate func fits(_ value: SNMPValue) -> Bool {
        switch (self, value) {
        case (.integer, .number(let number)): Int(Int32.min)...Int(Int32.max) ~= number
        case (.unsigned, .number(let number)): 0...Int(UInt32.max) ~= number
        case (.string, .text): true
        default: false
        }
    }

    fileprivate var range: String {
        switch self {
        case .integer: "type integer, -2147483648 to 2147483647"
        case .unsigned: "type unsigned, 0 to 4294967295"
        case .string: "type string; put numbers in quotes"
        }
    }
}
