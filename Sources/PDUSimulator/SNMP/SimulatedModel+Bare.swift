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
