public import Power

/// What the agent is to be: the part of the configuration that can change while it runs.
public struct AgentPlan: Sendable {
    /// The router's part.
    public var router: CommandRouter.Rules
    /// The PDUs.
    public var pdus: [LaneBlueprint]
    /// The PDUs that have to be spoken to in another way than in the plan before; their lanes are set up anew.
    public var renewed: Set<PDUName>

    /// A plan.
    public init(
        router: CommandRouter.Rules,
        pdus: [LaneBlueprint],
        renewed: Set<PDUName> = []
    ) {
        self.router = router
        self.pdus = pdus
        self.renewed = renewed
    }

    /// Where each PDU is in the plan.
    var places: [PDUName: Int] { Dictionary(pdus.enumerated().map { ($1.rules.pdu, $0) }) { first, _ in first } }

    /// The PDUs as the agents of a fleet share them.
    var shared: [SharedPDU] {
        let bundles = bundles
        // Leave to write may be noted with the first PDU of a bundle too, so all of them have one time.
        var longest: [PDUName: Duration] = [:]
        for one in pdus {
            longest[bundles[one.rules.pdu], default: .zero] = max(
                longest[bundles[one.rules.pdu]] ?? .zero,
                one.writeWindow
            )
        }
        return pdus.map { one in
            let bundle = bundles[one.rules.pdu]
            return SharedPDU(pdu: one.rules.pdu, window: longest[bundle] ?? one.writeWindow, bundle: bundle)
        }
    }

    /// The PDU of each circuit of several PDUs whose owner alone switches on in it.
    var circuitLeads: [String: PDUName] {
        let bundles = bundles
        return circuits.filter { $0.value.count > 1 }.compactMapValues { $0.first.map { bundles[$0] } }
    }

    private var bundles: PDUBundles { PDUBundles(loads: router.loads, circuits: circuits) }

    /// The PDUs of each circuit.
    private var circuits: [String: [PDUName]] {
        var circuits: [String: [PDUName]] = [:]
        for rules in pdus.map(\.rules) {
            let names = Set((rules.outlets.values.map(\.circuit) + [rules.defaultOutlet.circuit]).compactMap(\.self))
            for name in names { circuits[name, default: []].append(rules.pdu) }
        }
        return circuits
    }
}
