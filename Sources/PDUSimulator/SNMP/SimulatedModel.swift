/// How a family of SNMP PDUs looks from the network: pure data, so that a model can come from a file as well.
public struct SimulatedModel: Sendable, Hashable {
    /// The family's name, as `raritan-px2`.
    public var name: String
    /// What the device says of itself in sysDescr.
    public var systemDescription: String
    /// What the device says it is in sysObjectID.
    public var systemObjectID: SimulatedOID
    /// The objects.
    public var objects: [SimulatedObject]
    /// For devices whose tables are not numbered by outlets: the arcs of each outlet's row, in the order of the outlets.
    public var rows: [[UInt32]]?
    /// How long the device goes on telling the old state after a switch: each time some time of this range.
    public var settleLag: ClosedRange<Duration>
    /// How long a cycle leaves an outlet off.
    public var cycleOffTime: Duration
    /// How long the device's own delayed orders wait.
    public var delay: Duration

    /// A model; by default a new state is told at once, a cycle takes 5 s and so does a delay.
    public init(
        name: String,
        systemDescription: String,
        systemObjectID: SimulatedOID,
        objects: [SimulatedObject],
        rows: [[UInt32]]? = nil,
        settleLag: ClosedRange<Duration> = .zero ... .zero,
        cycleOffTime: Duration = .seconds(5),
        delay: Duration = .seconds(5)
    ) {
        self.name = name
        self.systemDescription = systemDescription
        self.systemObjectID = systemObjectID
        self.objects = objects
        self.rows = rows
        self.settleLag = settleLag
        self.cycleOffTime = cycleOffTime
        self.delay = delay
    }

    /// The models that come with the simulator.
    public static let builtIn: [SimulatedModel] = [.raritanPX2, .apcRPDU, .bare]

    /// A model that comes with the simulator, by its name.
    public static func named(_ name: String) -> SimulatedModel? { builtIn.first { $0.name == name } }
}

extension SimulatedOID: ExpressibleByStringLiteral {
    /// An identifier in the program's own text; one that is not of the form becomes `0.0`, SNMP's word for none.
    public init(stringLiteral text: String) {
        self = SimulatedOID(text) ?? SimulatedOID.none
    }

    /// `0.0`, SNMP's word for none.
    public static let none = SimulatedOID(unchecked: [0, 0])

    private init(unchecked arcs: [UInt32]) { self.arcs = arcs }
}

extension SimulatedModel {
    /// The simplest device there can be: one object per outlet, written and read with 1 on and 0 off, and no way to
    /// tell what it is. Its objects are in net-snmp's playground (netSnmpPlaypen).
    public static let bare = SimulatedModel(
        name: "bare",
        systemDescription: "Busbar simulator",
        systemObjectID: .none,
        objects: [
            SimulatedObject(
                "1.3.6.1.4.1.8072.9999.9999.1.{outlet}",
                .integer,
                .control(.init([0: .off, 1: .on], reading: .init(on: 1, off: 0)))
            )
        ]
    )
}
