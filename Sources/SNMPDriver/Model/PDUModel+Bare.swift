extension PDUModel {
    /// The id of models that are made from bare objects.
    public static let bareID = "bare"

    /// A model of nothing but bare objects; the configuration has to list its outlets.
    ///
    /// - Throws: `ModelErrors` whose keys are `oid`, `on`, `off`, `type`, `state.oid`, `state.on` and `state.off`.
    public static func bare(_ objects: BareObjects) throws(ModelErrors) -> PDUModel {
        var problems: [ModelProblem] = []
        func report(_ key: String, _ message: String) {
            problems.append(ModelProblem(file: "", line: nil, key: key, message: message))
        }
        func template(_ text: String, _ key: String) -> OIDTemplate? {
            do throws(OIDTemplate.Malformed) {
                let template = try OIDTemplate(text)
                if template.parts.isEmpty { return try OIDTemplate("\(text).(outlet)") }
                if template.parts == ["outlet"] { return template }
                report(key, "\"\(text)\" can have (outlet) in it and no other part")
            } catch {
                report(key, "\"\(text)\" is no object identifier: \(error.reason)")
            }
            return nil
        }
        let type = objects.type ?? objects.on.usualType
        let control = template(objects.oid, "oid")
        let state = objects.state.map { template($0.oid, "state.oid") } ?? control
        var actions: [OutletAction: [ObjectWrite]] = [:]
        for (action, value) in [(OutletAction.on, objects.on), (.off, objects.off)] {
            guard let control else { continue }
            let write = ObjectWrite(object: control, type: type, value: value)
            if write.wireValue() == nil { report(action.rawValue, "\(value) is no value of type \(type.rawValue)") }
            actions[action] = [write]
        }
        if objects.on == objects.off { report("off", "has to be another value than on") }
        let on = objects.state?.on ?? [objects.on]
        let off = objects.state?.off ?? [objects.off]
        if objects.state != nil {
            for (key, values) in [("state.on", on), ("state.off", off)] where values.isEmpty {
                report(key, "needs at least one value")
            }
            if let both = on.first(where: off.contains) { report("state.off", "\(both) means on as well") }
        }
        guard let state, problems.isEmpty else { throw ModelErrors(problems) }
        return PDUModel(
            PDUModelFacts(
                id: bareID,
                vendor: "",
                models: "",
                maturity: .mib,
                doubts: [],
                notes: [],
                mib: nil,
                sources: [],
                // Nothing is known of the device, so it gets the time that the slowest usual ones need.
                settleWindow: .seconds(5),
                settleInterval: .milliseconds(200),
                detection: DetectionRule(),
                index: [:],
                outlets: .configured,
                control: OutletControl(
                    actions: actions,
                    before: [],
                    unlockExpires: false,
                    after: [],
                    packed: nil,
                    together: nil
                ),
                state: StateMap(
                    object: state,
                    packed: nil,
                    on: on,
                    off: off,
                    pending: [],
                    other: [:],
                    missing: [],
                    pendingFlag: nil
                ),
                names: nil,
                device: DeviceObjects(),
                outletMeasurements: [:],
                deviceMeasurements: [:],
                limits: RequestLimits()
            )
        )
    }
}

extension ModelValue {
    /// The type in which such a value is written unless something else is said.
    fileprivate var usualType: WireType {
        switch self {
        case .integer: .integer
        case .text: .octets
        }
    }
}

/// A device described by nothing but the objects that switch and tell an outlet, for one that has no model.
public struct BareObjects: Sendable, Hashable {
    /// Where the state is read, and what its values mean.
    public struct State: Sendable, Hashable {
        /// The object without the outlet's number, which is appended, or with `(outlet)` where the number stands.
        public var oid: String
        /// The values that mean on.
        public var on: [ModelValue]
        /// The values that mean off.
        public var off: [ModelValue]

        /// A state object and its values.
        public init(oid: String, on: [ModelValue], off: [ModelValue]) {
            self.oid = oid
            self.on = on
            self.off = off
        }
    }

    /// The object that is written, as `State.oid`.
    public var oid: String
    /// The value that switches on.
    public var on: ModelValue
    /// The value that switches off.
    public var off: ModelValue
    /// The type in which they are written; nothing for `integer` with numbers and `octets` with texts.
    public var type: WireType?
    /// Without it the written object is read back, and its values mean what they mean when written.
    public var state: State?

    /// A bare description.
    public init(oid: String, on: ModelValue, off: ModelValue, type: WireType? = nil, state: State? = nil) {
        self.oid = oid
        self.on = on
        self.off = off
        self.type = type
        self.state = state
    }
}
