internal import Power
internal import SNMPClient

/// The SETs that carry out an action, in their order.
struct SwitchPlan: Sendable, Equatable {
    /// One SET.
    struct Step: Sendable, Equatable {
        let varBinds: [VarBind]
        /// Whether the device ends in the same state when it is told twice, so that a lost answer may be asked for again.
        let isRepeatable: Bool
    }

    let steps: [Step]
    /// The steps have to follow one another closely: an unlock holds only for a while, so a lost answer means all of
    /// them again.
    let repeatsAsAWhole: Bool

    /// The SETs of one action for one outlet; nothing when the model has no such action or an index part is not known.
    init?(_ action: OutletAction, control: OutletControl, bindings: IndexBindings) {
        guard let writes = control.actions[action],
            let before = Self.steps(control.before, bindings),
            let main = Self.varBinds(writes, bindings),
            let after = Self.steps(control.after, bindings)
        else { return nil }
        let isRepeatable = action == .on || action == .off
        steps = before + [Step(varBinds: main, isRepeatable: isRepeatable)] + after
        repeatsAsAWhole = control.unlockExpires && isRepeatable
    }

    /// The SETs that switch several outlets at once; nothing when the model cannot, or an index part is not known.
    init?(orders: [(state: PowerState, bindings: IndexBindings)], control: OutletControl) {
        guard let together = control.together, let first = orders.first?.bindings else { return nil }
        var main: [VarBind] = []
        for order in orders {
            let writes: [ObjectWrite]
            switch together {
            case .oneRequest: writes = control.actions[order.state == .on ? .on : .off] ?? []
            case .queue(let queue): writes = [order.state == .on ? queue.on : queue.off]
            }
            guard !writes.isEmpty, let varBinds = Self.varBinds(writes, order.bindings) else { return nil }
            main += varBinds
        }
        var outer: (before: [ObjectWrite], after: [ObjectWrite]) = (control.before, control.after)
        if case .queue(let queue) = together { outer = (queue.before, queue.after) }
        guard let before = Self.steps(outer.before, first), let after = Self.steps(outer.after, first) else {
            return nil
        }
        steps = before + [Step(varBinds: main, isRepeatable: true)] + after
        repeatsAsAWhole = control.unlockExpires
    }

    private static func steps(_ writes: [ObjectWrite], _ bindings: IndexBindings) -> [Step]? {
        varBinds(writes, bindings)?.map { Step(varBinds: [$0], isRepeatable: true) }
    }

    private static func varBinds(_ writes: [ObjectWrite], _ bindings: IndexBindings) -> [VarBind]? {
        var varBinds: [VarBind] = []
        for write in writes {
            guard let oid = write.object.oid(bindings), let value = write.wireValue() else { return nil }
            varBinds.append(VarBind(oid, value))
        }
        return varBinds
    }
}

extension ObjectWrite {
    /// The value as it goes on the wire; nothing when its type cannot hold it.
    func wireValue() -> SNMPValue? {
        switch (type, value) {
        case (.integer, .integer(let number)): return Int32(exactly: number).map { .integer($0) }
        case (.unsigned, .integer(let number)): return UInt32(exactly: number).map { .unsigned($0) }
        case (.octets, .text(let text)): return .octets(Array(text.utf8))
        case (.integer, .text), (.unsigned, .text), (.octets, .integer): return nil
        }
    }
}
