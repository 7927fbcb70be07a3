internal import Power
internal import SNMPClient
internal import Synchronization

extension SNMPDriverSession {
    nonisolated(nonsending) func set(_ orders: [OutletNumber: PowerState]) async throws(DriverError) {
        guard !orders.isEmpty else { return }
        guard orders.count == 1 || model.switchesTogether else {
            throw DriverError(.unsupported, "\(settings.name): model \(model.id) switches one outlet at a time")
        }
        let table = try await tableForSwitching()
        var targets: [(number: OutletNumber, state: PowerState, bindings: IndexBindings)] = []
        for (outlet, state) in orders.sorted(by: { $0.key < $1.key }) {
            targets.append((outlet, state, try bindings(outlet, table)))
        }
        let what = targets.map { "outlet \($0.number)" }.joined(separator: ", ")
        if let packed = model.control.packed {
            return try await writePacked(targets, packed, what)
        }
        let plan =
            if targets.count == 1, let target = targets.first {
                SwitchPlan(target.state == .on ? .on : .off, control: model.control, bindings: target.bindings)
            } else {
                SwitchPlan(orders: targets.map { ($0.state, $0.bindings) }, control: model.control)
            }
        guard let plan else { throw unknownIndex(what) }
        try await carryOut(plan, what)
    }

    nonisolated(nonsending) func cycle(_ outlet: OutletNumber) async throws(DriverError) {
        guard model.cyclesByItself else {
            throw DriverError(
                .unsupported,
                "\(settings.name): outlet \(outlet): model \(model.id) cannot cycle an outlet by itself"
            )
        }
        let bindings = try bindings(outlet, try await tableForSwitching())
        guard let plan = SwitchPlan(.cycle, control: model.control, bindings: bindings) else {
            throw unknownIndex("outlet \(outlet)")
        }
        try await carryOut(plan, "outlet \(outlet)")
    }

    /// The outlets, asked for again when the device has started anew and could mean other ones by the same index.
    private nonisolated(nonsending) func tableForSwitching() async throws(DriverError) -> OutletTable {
        let (_, table) = try await survey()
        guard model.asksForIndices, hasRestarted(try await answers([ReadPlan.upTime])[0]) else { return table }
        return try await survey().table
    }

    private func bindings(_ outlet: OutletNumber, _ table: OutletTable) throws(DriverError) -> IndexBindings {
        if let bindings = table[outlet] { return bindings }
        throw DriverError(
            .unsupported,
            "\(settings.name): the device has no outlet \(outlet), only \(OutletTable.ranges(table.numbers))"
        )
    }

    private func unknownIndex(_ what: String) -> DriverError {
        DriverError(
            .unsupported,
            "\(settings.name): \(what): the device does not say under which index model \(model.id) finds it"
        )
    }

    private nonisolated(nonsending) func carryOut(_ plan: SwitchPlan, _ what: String) async throws(DriverError) {
        let tries = plan.repeatsAsAWhole ? 1 + max(0, access.retries) : 1
        var hasLeft = false
        for attempt in 1...tries {
            do throws(SNMPError) {
                for step in plan.steps {
                    let retries = step.isRepeatable && !plan.repeatsAsAWhole ? nil : 0
                    try await write(step.varBinds, retries: retries)
                    hasLeft = true
                }
                return
            } catch {
                // A part of it has left, or an earlier try of it.
                if error.code == .notPermitted, hasLeft {
                    throw DriverError(.timeout, translation.switching(error, what).message)
                }
                hasLeft = hasLeft || error.leavesDoubt
                if error.code == .noAnswer, attempt < tries { continue }
                throw translation.switching(error, what)
            }
        }
    }

    /// Reads the text that holds all outlets, changes the elements of some, and writes it back.
    private nonisolated(nonsending) func writePacked(
        _ targets: [(number: OutletNumber, state: PowerState, bindings: IndexBindings)],
        _ packed: PackedList,
        _ what: String
    ) async throws(DriverError) {
        var texts: [OID: String] = [:]
        for target in targets {
            let writes = model.control.actions[target.state == .on ? .on : .off]
            guard let write = writes?.first, let oid = write.object.oid(target.bindings) else {
                throw unknownIndex(what)
            }
            if texts[oid] == nil { texts[oid] = try await answers([oid])[0]?.text }
            guard let text = texts[oid],
                let changed = packed.replacing(text, outlet: target.number.rawValue, with: "\(write.value)")
            else {
                throw DriverError(
                    .badReply,
                    "\(settings.name): outlet \(target.number): it is not in the device's list, so nothing was written"
                )
            }
            texts[oid] = changed
        }
        do {
            try await write(texts.map { VarBind($0.key, .octets(Array($0.value.utf8))) }, retries: nil)
        } catch {
            throw translation.switching(error, what)
        }
    }
}
