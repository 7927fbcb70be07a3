internal import SNMPClient

/// Reads many objects with as few requests as the device takes, several at once.
struct ObjectReader {
    let access: any DeviceAccess
    let limits: RequestLimits

    /// What the device answered.
    struct Answers: Sendable {
        var values: [OID: DeviceValue] = [:]
        /// The objects that it says it does not have.
        var missing: Set<OID> = []
        /// The most objects that one request may name, where a request turned out to be too large.
        var acceptedCount: Int?

        fileprivate mutating func merge(_ other: Answers) {
            if values.isEmpty {
                values = other.values
            } else {
                values.reserveCapacity(values.count + other.values.count)
                values.merge(other.values) { first, _ in first }
            }
            missing.formUnion(other.missing)
            acceptedCount = [acceptedCount, other.acceptedCount].compactMap { $0 }.min()
        }
    }

    /// Reads objects; those that the device does not have are named in the answers, not thrown.
    nonisolated(nonsending) func read(_ oids: [OID]) async throws(SNMPError) -> Answers {
        var waiting = Self.chunks(oids, of: limits.varBinds)[...]
        guard let first = waiting.popFirst() else { return Answers() }
        guard !waiting.isEmpty else { return try await read(chunk: first) }
        waiting = [first] + waiting
        let result = await withTaskGroup(of: Result<Answers, SNMPError>.self) { group in
            var answers = Answers()
            for _ in 0..<max(1, limits.concurrent) {
                guard let chunk = waiting.popFirst() else { break }
                group.addTask { await Self.result(access, limits, chunk) }
            }
            for await result in group {
                switch result {
                case .success(let some): answers.merge(some)
                case .failure(let error):
                    // The others would only wait for the same silence.
                    group.cancelAll()
                    return Result<Answers, SNMPError>.failure(error)
                }
                if let chunk = waiting.popFirst() {
                    group.addTask { await Self.result(access, limits, chunk) }
                }
            }
            return .success(answers)
        }
        return try result.get()
    }

    private static func result(
        _ access: any DeviceAccess,
        _ limits: RequestLimits,
        _ chunk: [OID]
    ) async -> Result<Answers, SNMPError> {
        do {
            return .success(try await ObjectReader(access: access, limits: limits).read(chunk: chunk))
        } catch {
            return .failure(error)
        }
    }

    /// One request, and more of them where the device cannot answer it as a whole.
    private nonisolated(nonsending) func read(chunk: [OID]) async throws(SNMPError) -> Answers {
        var answers = Answers()
        answers.values.reserveCapacity(chunk.count)
        var pieces = [chunk]
        while let piece = pieces.popLast() {
            do throws(SNMPError) {
                for varBind in try await access.get(piece) {
                    if let value = DeviceValue(varBind.value) {
                        answers.values[varBind.oid] = value
                    } else {
                        answers.missing.insert(varBind.oid)
                    }
                }
            } catch {
                switch error.code {
                case .noSuchObject, .genErr:
                    if let culprit = error.oid, piece.contains(culprit), piece.count > 1 {
                        if error.code == .noSuchObject { answers.missing.insert(culprit) }
                        pieces.append(piece.filter { $0 != culprit })
                    } else if piece.count == 1 {
                        if error.code == .noSuchObject { answers.missing.formUnion(piece) }
                    } else {
                        pieces += Self.halves(piece)
                    }
                case .tooBig where piece.count == 1:
                    continue
                case .tooBig where piece.count > 1, .badReply where piece.count > 1:
                    // Some agents cut an answer short instead of saying that it is too big.
                    answers.acceptedCount = min(answers.acceptedCount ?? .max, (piece.count + 1) / 2)
                    pieces += Self.halves(piece)
                default:
                    throw error
                }
            }
        }
        return answers
    }

    private static func halves(_ oids: [OID]) -> [[OID]] {
        let middle = (oids.count + 1) / 2
        return [Array(oids[middle...]), Array(oids[..<middle])]
    }

    static func chunks(_ oids: [OID], of size: Int) -> [[OID]] {
        let size = max(1, size)
        return stride(from: 0, to: oids.count, by: size).map { Array(oids[$0..<min($0 + size, oids.count)]) }
    }
}
