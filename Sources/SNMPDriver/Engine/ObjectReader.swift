internal import SNMPClient

/// Reads many objects with as few requests as the device takes.
struct ObjectReader {
    let access: any DeviceAccess
    /// What the device is known to take; changes as it is read.
    let pacer: DevicePacer

    /// What the device answered.
    struct Answers: Sendable {
        var values: [OID: DeviceValue] = [:]
        /// The objects that it says it does not have.
        var missing: Set<OID> = []

        init() {}

        fileprivate init(_ parts: [Part]) {
            values.reserveCapacity(parts.reduce(0) { $0 + $1.values.count })
            for part in parts {
                for (oid, value) in part.values { values[oid] = value }
                missing.formUnion(part.missing)
            }
        }
    }

    /// What was answered for some of the objects: lists, so that a table is made once, when everything is there.
    fileprivate struct Part: Sendable {
        var values: [(OID, DeviceValue)] = []
        var missing: [OID] = []
    }

    /// Reads objects; those that the device does not have are named in the answers, not thrown.
    nonisolated(nonsending) func read(_ oids: [OID]) async throws(SNMPError) -> Answers {
        guard pacer.pace.inFlight > 1 else { return Answers([try await read(piecewise: oids)]) }
        var waiting = oids[...]
        /// As many as the device takes now: that changes with every answer.
        func next() -> [OID]? {
            guard !waiting.isEmpty else { return nil }
            let chunk = Array(waiting.prefix(pacer.pace.objects))
            waiting = waiting.dropFirst(chunk.count)
            return chunk
        }
        let outcome = await withTaskGroup(of: Result<Part, SNMPError>.self) { group in
            var parts: [Part] = []
            var underWay = 0
            while true {
                while underWay < pacer.pace.inFlight, let chunk = next() {
                    group.addTask { [self] in await result(chunk) }
                    underWay += 1
                }
                guard let result = await group.next() else { break }
                underWay -= 1
                switch result {
                case .success(let part): parts.append(part)
                case .failure(let error):
                    // The others would only wait for the same silence.
                    group.cancelAll()
                    return Result<Answers, SNMPError>.failure(error)
                }
            }
            return .success(Answers(parts))
        }
        return try outcome.get()
    }

    private func result(_ chunk: [OID]) async -> Result<Part, SNMPError> {
        do {
            return .success(try await read(piecewise: chunk))
        } catch {
            return .failure(error)
        }
    }

    /// One request after the other, each with as many objects as the device takes.
    private nonisolated(nonsending) func read(piecewise oids: [OID]) async throws(SNMPError) -> Part {
        var part = Part()
        part.values.reserveCapacity(oids.count)
        /// What is left to read, the next last.
        var pieces = oids.isEmpty ? [] : [oids[...]]
        while let left = pieces.popLast() {
            let piece = Array(left.prefix(pacer.pace.objects))
            if piece.count < left.count { pieces.append(left.dropFirst(piece.count)) }
            do throws(SNMPError) {
                let answered = try await ask(piece, into: &part)
                if answered < piece.count { pieces.append(piece[answered...]) }
            } catch {
                switch error.code {
                case .noSuchObject, .genErr:
                    if let culprit = error.oid, piece.contains(culprit), piece.count > 1 {
                        if error.code == .noSuchObject { part.missing.append(culprit) }
                        pieces.append(piece.filter { $0 != culprit }[...])
                    } else if piece.count == 1 {
                        if error.code == .noSuchObject { part.missing += piece }
                    } else {
                        let middle = (piece.count + 1) / 2
                        pieces += [piece[middle...], piece[..<middle]]
                    }
                case .tooBig where piece.count == 1:
                    continue
                case .tooBig where piece.count > 1, .badReply where piece.count > 1:
                    // Some agents cut an answer short instead of saying that it is too big.
                    pacer.tooBig(.objects(piece.count))
                    pieces.append(piece[...])
                default:
                    throw error
                }
            }
        }
        return part
    }

    /// Asks for objects and, where they are met with silence, for fewer of them, until the device has shown whether it
    /// is alive.
    ///
    /// - Returns: how many of the objects were answered, from the front.
    private nonisolated(nonsending) func ask(_ oids: [OID], into part: inout Part) async throws(SNMPError) -> Int {
        var count = oids.count
        /// The counts that were met with silence.
        var silent: [Int] = []
        var first: SNMPError?
        while true {
            let load = DevicePace.Load.objects(count)
            // The last proof of life has one try: those before it have waited for long.
            let tries = count == 1 && first != nil ? 1 : pacer.pace.tries(for: load, of: access.retries + 1)
            let asked = Array(oids.prefix(count))
            do throws(SNMPError) {
                let reply = try await pacer.send(load) { () async throws(SNMPError) in
                    try await access.get(asked, retries: tries - 1)
                }
                for count in silent { pacer.silent(.objects(count)) }
                for varBind in reply.varBinds {
                    if let value = DeviceValue(varBind.value) {
                        part.values.append((varBind.oid, value))
                    } else {
                        part.missing.append(varBind.oid)
                    }
                }
                return count
            } catch {
                guard error.isSilence else {
                    guard !silent.isEmpty, error.isAnswer else { throw error }
                    // A refusal shows life as well. The objects are asked for anew, fewer at once.
                    for count in silent { pacer.silent(.objects(count)) }
                    return 0
                }
                guard let smaller = pacer.pace.proof(of: load) else { throw error.after(first) }
                silent.append(count)
                if first == nil { first = error }
                count = smaller
            }
        }
    }
}

extension SNMPError {
    /// Whether the device itself said so.
    fileprivate var isAnswer: Bool {
        switch code {
        case .noSuchObject, .genErr, .tooBig, .badReply: true
        default: false
        }
    }
}
