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

        init() {}

        fileprivate init(_ parts: [Part]) {
            values.reserveCapacity(parts.reduce(0) { $0 + $1.values.count })
            for part in parts {
                for (oid, value) in part.values { values[oid] = value }
                missing.formUnion(part.missing)
            }
            acceptedCount = parts.compactMap(\.acceptedCount).min()
        }
    }

    /// What was answered for a chunk: lists, so that a table is made once, when everything is there.
    fileprivate struct Part: Sendable {
        var values: [(OID, DeviceValue)] = []
        var missing: [OID] = []
        var acceptedCount: Int?
    }

    /// Reads objects; those that the device does not have are named in the answers, not thrown.
    nonisolated(nonsending) func read(_ oids: [OID]) async throws(SNMPError) -> Answers {
        var waiting = Self.chunks(oids, of: limits.varBinds)[...]
        guard let first = waiting.popFirst() else { return Answers() }
        guard !waiting.isEmpty else { return Answers([try await read(chunk: first)]) }
        waiting = [first] + waiting
        let result = await withTaskGroup(of: Result<Part, SNMPError>.self) { group in
            var parts: [Part] = []
            for _ in 0..<max(1, limits.concurrent) {
                guard let chunk = waiting.popFirst() else { break }
                group.addTask { await Self.result(access, limits, chunk) }
            }
            for await result in group {
                switch result {
                case .success(let part): parts.append(part)
                case .failure(let error):
                    // The others would only wait for the same silence.
                    group.cancelAll()
                    return Result<Answers, SNMPError>.failure(error)
                }
                if let chunk = waiting.popFirst() {
                    group.addTask { await Self.result(access, limits, chunk) }
                }
            }
            return .success(Answers(parts))
        }
        return try result.get()
    }

    private static func result(
        _ access: any DeviceAccess,
        _ limits: RequestLimits,
        _ chunk: [OID]
    ) async -> Result<Part, SNMPError> {
        do {
            return .success(try await ObjectReader(access: access, limits: limits).read(chunk: chunk))
        } catch {
            return .failure(error)
        }
    }

    /// One request, and more of them where the device cannot answer it as a whole.
    private nonisolated(nonsending) func read(chunk: [OID]) async throws(SNMPError) -> Part {
        var part = Part()
        part.values.reserveCapacity(chunk.count)
        var pieces = [chunk]
        while let piece = pieces.popLast() {
            do throws(SNMPError) {
                for varBind in try await access.get(piece) {
                    if let value = DeviceValue(varBind.value) {
                        part.values.append((varBind.oid, value))
                    } else {
                        part.missing.append(varBind.oid)
                    }
                }
            } catch {
                switch error.code {
                case .noSuchObject, .genErr:
                    if let culprit = error.oid, piece.contains(culprit), piece.count > 1 {
                        if error.code == .noSuchObject { part.missing.append(culprit) }
                        pieces.append(piece.filter { $0 != culprit })
                    } else if piece.count == 1 {
                        if error.code == .noSuchObject { part.missing += piece }
                    } else {
                        pieces += Self.halves(piece)
                    }
                case .tooBig where piece.count == 1:
                    continue
                case .tooBig where piece.count > 1, .badReply where piece.count > 1:
                    // Some agents cut an answer short instead of saying that it is too big.
                    part.acceptedCount = min(part.acceptedCount ?? .max, (piece.count + 1) / 2)
                    pieces += Self.halves(piece)
                default:
                    throw error
                }
            }
        }
        return part
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
