import Agent
import Power

/// What there is to announce of one PDU; two equal ones need no new announcement.
struct DiscoverySubject: Sendable, Equatable {
    struct Outlet: Sendable, Equatable {
        var number: OutletNumber
        var label: String?
        /// Whether a plain `CYCLE` can work: a protected outlet refuses it.
        var canCycle: Bool
        /// What the device has measured for it.
        var quantities: Set<Quantity> = []
    }

    var pdu: PDUName
    var driver: String
    var label: String?
    var location: String?
    var configurationURL: String?
    var model: String?
    var firmware: String?
    var serial: String?
    var outlets: [Outlet]
    /// What the device has measured as a whole.
    var quantities: Set<Quantity> = []
    /// Whether the PDU's measurements are told with those of its outlets in one message.
    var isMeasuredTogether: Bool
    /// Whether the device was read since the agent started, so that outlets and quantities are complete.
    var isRead: Bool

    init(_ snapshot: LaneSnapshot) {
        let rules = snapshot.rules
        pdu = rules.pdu
        driver = rules.traits.driver
        label = rules.label
        location = rules.location
        configurationURL = rules.configurationURL
        model = snapshot.description?.model ?? rules.traits.model
        firmware = snapshot.description?.firmware
        serial = snapshot.description?.serial
        isMeasuredTogether = rules.telemetry.isPerPDU
        isRead = snapshot.reading != nil
        quantities = Self.measured(snapshot.reading?.measurements)
        outlets = snapshot.states.keys.sorted().map { number in
            let outlet = rules.outlet(number)
            return Outlet(
                number: number,
                label: outlet.label ?? snapshot.description?.outletNames[number],
                canCycle: !outlet.isProtected && !outlet.isOffForbidden && rules.exclusiveLoads[number] == nil,
                quantities: Self.measured(snapshot.reading?.outletMeasurements[number])
            )
        }
    }

    private static func measured(_ values: MeasuredValues?) -> Set<Quantity> {
        Set((values ?? [:]).filter(\.value.isFinite).keys)
    }

    /// Keeps what was measured before: a quantity that is missing from one reading has not gone for good.
    mutating func keepQuantities(of earlier: DiscoverySubject) {
        quantities.formUnion(earlier.quantities)
        let before = Dictionary(earlier.outlets.map { ($0.number, $0.quantities) }) { first, _ in first }
        for index in outlets.indices { outlets[index].quantities.formUnion(before[outlets[index].number] ?? []) }
    }
}
