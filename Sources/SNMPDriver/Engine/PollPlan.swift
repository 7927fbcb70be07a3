internal import Power
internal import SNMPClient
internal import Synchronization

/// What a poll of the whole device asks for, worked out once.
///
/// It is made of what was learnt of the device, and devices of one model of which the same was learnt share one: ten
/// thousand like PDUs hold one plan, not ten thousand, and a poll makes no object identifiers anew.
final class PollPlan: Sendable {
    /// Everything that decides what a poll asks for.
    struct Facts: Hashable {
        let model: String
        let device: IndexBindings
        let bindings: [OutletNumber: IndexBindings]
        let listed: Set<OutletNumber>
        let absent: Set<OID>
        let columns: [OID: [OID]]
        let factors: [OID: Double]

        /// How much was learnt tells most plans apart; hashing all of it takes longer than to compare the few that are
        /// left.
        func hash(into hasher: inout Hasher) {
            hasher.combine(model)
            hasher.combine(device)
            for count in [bindings.count, listed.count, absent.count, columns.count, factors.count] {
                hasher.combine(count)
            }
        }
    }

    let facts: Facts
    let table: OutletTable
    let plan: ReadPlan

    private init(_ facts: Facts, _ table: OutletTable, _ plan: ReadPlan) {
        self.facts = facts
        self.table = table
        self.plan = plan
    }

    /// How many different plans are kept for sharing; beyond that a device has its own.
    private static let capacity = 256
    private static let shared = Mutex<[Facts: PollPlan]>([:])

    /// The plan for a device of which this was learnt.
    static func plan(
        model: PDUModel,
        memory: DeviceMemory,
        device: IndexBindings,
        table: OutletTable,
        listed: Set<OutletNumber>
    ) -> PollPlan {
        let facts = Facts(
            model: model.id,
            device: device,
            bindings: table.bindings,
            listed: listed,
            absent: memory.absent,
            columns: memory.columns,
            factors: memory.factors
        )
        // A site's own file may bear a built-in model's name, so what is found must be of the very same model.
        if let found = shared.withLock({ $0[facts] }), found.plan.model == model { return found }
        let made = PollPlan(
            facts,
            table,
            ReadPlan(
                model: model,
                table: table,
                only: listed.isEmpty ? nil : listed,
                measuring: (device, memory)
            )
        )
        shared.withLock { shared in
            if shared.count < capacity, shared[facts] == nil { shared[facts] = made }
        }
        return made
    }
}
