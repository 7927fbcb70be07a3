public import Power
public import SNMPClient

/// What the driver has to know of one device.
public struct SNMPDriverSettings: Sendable {
    /// Where the model comes from.
    public enum Model: Sendable {
        /// It is known.
        case known(PDUModel)
        /// The device is asked what it is, and has to be one of these.
        case detected(among: [PDUModel])
    }

    /// The PDU's name, for messages.
    public var name: String
    /// Where the device is and what opens it; an empty label becomes the name.
    public var target: SNMPTarget
    /// Its model.
    public var model: Model
    /// The outlets that the configuration lists; empty for all that the device says it has.
    public var outlets: Set<OutletNumber>
    /// Index parts that the configuration sets, such as which unit of a chain is meant (`pdu: 2`).
    public var index: [String: IndexValue]

    /// Settings of one device.
    public init(
        name: String,
        target: SNMPTarget,
        model: Model,
        outlets: Set<OutletNumber> = [],
        index: [String: IndexValue] = [:]
    ) {
        self.name = name
        self.target = target
        self.model = model
        self.outlets = outlets
        self.index = index
        if self.target.label.isEmpty { self.target.label = name }
    }

    /// What contradicts the model, before any device is asked: index parts it does not have or that are missing, and a
    /// missing list of outlets.
    public var problems: [String] {
        guard case .known(let model) = model else { return [] }
        return model.problems(index: index, listsOutlets: !outlets.isEmpty)
    }
}
