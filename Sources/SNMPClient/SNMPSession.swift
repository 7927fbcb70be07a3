/// A device being asked: requests go through it, several at a time if need be.
///
/// Opening one costs next to nothing and sends nothing; the first request does. All requests end: with an answer, with
/// an error after the last try, or when the waiting task is cancelled.
public final class SNMPSession: Sendable {
    /// The device.
    public let target: SNMPTarget
    private let engine: SNMPEngine
    private let id: UInt64

    init(id: UInt64, target: SNMPTarget, engine: SNMPEngine) {
        self.id = id
        self.target = target
        self.engine = engine
    }

    deinit {
        engine.forget(session: id)
    }

    /// Reads objects.
    ///
    /// An object that the device does not have comes back with the value that says so, in version 1 as the error
    /// ``SNMPError/Code/noSuchObject``.
    /// - Parameters:
    ///   - oids: The objects, with their instances; 1 to 1,000.
    ///   - retries: Further tries after an unanswered one, 0 to 20, instead of the target's.
    ///   - timeout: How long one try waits, 20 ms or more, instead of the target's.
    /// - Returns: One value for each object, in the order asked.
    /// - Throws: Any code of ``SNMPError`` but those of names and of writing.
    public func get(_ oids: [OID], retries: Int? = nil, timeout: Duration? = nil) async throws(SNMPError) -> [VarBind] {
        try await reply(oids, retries: retries, timeout: timeout).varBinds
    }

    /// Reads objects, as ``get(_:retries:timeout:)``, and tells how often the device had to be asked.
    public func reply(
        _ oids: [OID],
        retries: Int? = nil,
        timeout: Duration? = nil
    ) async throws(SNMPError) -> SNMPReply {
        try await perform(Operation(.get, oids), retries: retries, timeout: timeout).get()
    }

    /// Reads the object that follows each of the given ones, in the device's order.
    ///
    /// - Parameters:
    ///   - oids: The objects before those asked for, with or without instances; 1 to 1,000.
    ///   - retries: Further tries after an unanswered one, 0 to 20, instead of the target's.
    ///   - timeout: How long one try waits, 20 ms or more, instead of the target's.
    ///   - pacer: Has the request wait until the device has rested.
    /// - Returns: One value for each object; behind the last of all ``SNMPValue/endOfMIBView``, in version 1 the error
    ///   ``SNMPError/Code/noSuchObject``.
    /// - Throws: As ``get(_:retries:timeout:)``.
    public func getNext(
        _ oids: [OID],
        retries: Int? = nil,
        timeout: Duration? = nil,
        pacer: DevicePacer? = nil
    ) async throws(SNMPError) -> [VarBind] {
        let operation = Operation(.getNext, oids)
        guard let pacer else { return try await perform(operation, retries: retries, timeout: timeout).get().varBinds }
        return try await pacer.send(nil) { () async throws(SNMPError) in
            try await perform(operation, retries: retries, timeout: timeout).get()
        }.varBinds
    }

    /// Reads many objects that follow the given ones with one GETBULK (versions 2c and 3).
    ///
    /// - Parameters:
    ///   - oids: The objects before those asked for; 1 to 1,000.
    ///   - nonRepeaters: How many of the first objects are asked for one successor only.
    ///   - maxRepetitions: How many successors the others are asked for, 1 to 1,000; instead of the target's.
    ///   - retries: Further tries after an unanswered one, 0 to 20, instead of the target's.
    ///   - timeout: How long one try waits, 20 ms or more, instead of the target's.
    /// - Returns: What the device chose to send of it: the non-repeaters, then round by round the others.
    /// - Throws: As ``get(_:retries:timeout:)``.
    public func getBulk(
        _ oids: [OID],
        nonRepeaters: Int = 0,
        maxRepetitions: Int? = nil,
        retries: Int? = nil,
        timeout: Duration? = nil
    ) async throws(SNMPError) -> [VarBind] {
        let kind = Operation.Kind.getBulk(
            nonRepeaters: nonRepeaters,
            maxRepetitions: maxRepetitions ?? target.maxRepetitions
        )
        return try await perform(Operation(kind, oids), retries: retries, timeout: timeout).get().varBinds
    }

    /// Writes objects, all or none.
    ///
    /// A try that is repeated may be carried out twice when only its answer was lost: give `retries: 0` for a value
    /// that is a command, such as "reboot", and not a state.
    /// - Parameters:
    ///   - varBinds: The objects with their new values; 1 to 1,000.
    ///   - retries: Further tries after an unanswered one, 0 to 20, instead of the target's.
    ///   - timeout: How long one try waits, 20 ms or more, instead of the target's.
    ///   - mayLeave: Asked right before each datagram leaves, on the engine's own queue. Once it says no, nothing is sent
    ///     any more: the request fails with ``SNMPError/Code/notPermitted``, or as unanswered where a try has left before.
    /// - Returns: What the device answered, as a rule what was written; only reading it back is proof.
    /// - Throws: Any code of ``SNMPError`` but those of names; ``SNMPError/leavesDoubt`` tells whether the objects may
    ///   have been written all the same.
    @discardableResult
    public func set(
        _ varBinds: [VarBind],
        retries: Int? = nil,
        timeout: Duration? = nil,
        mayLeave: (@Sendable () -> Bool)? = nil
    ) async throws(SNMPError) -> [VarBind] {
        try await reply(setting: varBinds, retries: retries, timeout: timeout, mayLeave: mayLeave).varBinds
    }

    /// Writes objects, as ``set(_:retries:timeout:)``, and tells how often the device had to be asked.
    public func reply(
        setting varBinds: [VarBind],
        retries: Int? = nil,
        timeout: Duration? = nil,
        mayLeave: (@Sendable () -> Bool)? = nil
    ) async throws(SNMPError) -> SNMPReply {
        try await perform(Operation(set: varBinds), retries: retries, timeout: timeout, mayLeave: mayLeave).get()
    }

    /// Reads everything below an object: with GETBULK, or GETNEXT in version 1.
    ///
    /// An object itself, such as a scalar with its `.0`, is not below itself.
    /// - Parameters:
    ///   - root: The object.
    ///   - limit: The most objects to read; when there are more, the walk fails with ``SNMPError/Code/tooBig``.
    ///   - retries: Further tries after an unanswered request, 0 to 20, instead of the target's.
    ///   - timeout: How long one try waits, 20 ms or more, instead of the target's.
    ///   - pacer: What the device is known to take; without one it is found out during the walk.
    /// - Returns: The objects in the device's order; none when there are none.
    /// - Throws: As ``get(_:retries:timeout:)``, and ``SNMPError/Code/badReply`` when the device's objects do not
    ///   ascend, so that the walk would never end.
    public func walk(
        _ root: OID,
        limit: Int = 10_000,
        retries: Int? = nil,
        timeout: Duration? = nil,
        pacer: DevicePacer? = nil
    ) async throws(SNMPError) -> [VarBind] {
        let errors = ErrorText(target: target)
        guard limit > 0 else { throw errors.invalid("a walk's limit is at least 1") }
        let isVersion1 = target.credentials.version == .v1
        let pacer = pacer ?? DevicePacer(DevicePace.Ceilings(repetitions: target.maxRepetitions))
        let allowed = 1 + (retries ?? target.retries)
        var walk = Walk(below: root, limit: limit, errors: errors)
        /// The requests that were met with silence, the largest first, and the smaller one that is tried instead.
        var silences: [(count: Int, error: SNMPError)] = []
        var proof: Int?
        while true {
            let count = isVersion1 ? 1 : walk.useful(proof ?? pacer.pace.repetitions)
            let load = DevicePace.Load.repetitions(count)
            let kind: Operation.Kind = isVersion1 ? .getNext : .getBulk(nonRepeaters: 0, maxRepetitions: count)
            let tries = proof == 1 ? 1 : pacer.pace.tries(for: load, of: allowed)
            let page: SNMPReply
            do throws(SNMPError) {
                page = try await pacer.send(load) { () async throws(SNMPError) in
                    let operation = Operation(kind, [walk.position])
                    return try await perform(operation, retries: tries - 1, timeout: timeout).get()
                }
            } catch {
                // This is how version 1 says that nothing follows.
                if isVersion1, error.code == .noSuchObject { return walk.found }
                if error.code == .tooBig, count > 1 {
                    pacer.tooBig(load)
                    if let given = proof { proof = max(1, given / 2) }
                } else if error.isSilence, let smaller = pacer.pace.proof(of: load) {
                    silences.append((count, error))
                    proof = smaller
                } else {
                    throw error.after(silences.first?.error)
                }
                continue
            }
            for silence in silences { pacer.silent(.repetitions(silence.count)) }
            silences = []
            proof = nil
            if try !walk.goOn(with: page.varBinds) { return walk.found }
        }
    }

    /// Ends the session; requests under way fail with ``SNMPError/Code/closed``. May be called more than once.
    public func close() async {
        await engine.close(session: id)
    }

    private func perform(
        _ operation: Operation,
        retries: Int?,
        timeout: Duration?,
        mayLeave: (@Sendable () -> Bool)? = nil
    ) async -> Exchange.Outcome {
        let errors = ErrorText(target: target)
        if let objection = operation.objection(version: target.credentials.version)
            ?? TargetCheck.objection(retries: retries ?? target.retries, timeout: timeout ?? target.timeout)
        {
            return .failure(errors.invalid(objection))
        }
        return await engine.perform(
            operation,
            session: id,
            retries: retries ?? target.retries,
            timeout: timeout ?? target.timeout,
            mayLeave: mayLeave,
            errors: errors
        )
    }
}
