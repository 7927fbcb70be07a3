internal import SNMPClient

/// Reads many objects with as few requests as the device takes.
struct ObjectReader {
    let access: any DeviceAccess
    /// What the device is known to take; changes as it is read.
    let pacer: DevicePacer

    /// What the device answered, by the place of each object in the list that was asked for.
    struct Answers: Sendable {
        /// The objects that were asked for.
        let objects: [OID]
        /// What was answered for each of them; nothing where there is no value.
        private var values: [DeviceValue?]
        /// The places of those that the device says it does not have.
        private(set) var missing: [Int] = []

        /// The same answer for every object; nothing for answers of which there are none yet.
        init(_ objects: [OID], all value: DeviceValue? = nil) {
            self.objects = objects
            values = Array(repeating: value, count: objects.count)
        }

        subscript(place: Int) -> DeviceValue? { values[place] }

        /// The values by their objects.
        var byObject: [OID: DeviceValue] {
            zip(objects, values).reduce(into: [:]) { found, answer in
                if let value = answer.1 { found[answer.0] = value }
            }
        }

        fileprivate mutating func take(_ part: Part) {
            for (place, value) in part.values { values[place] = value }
            missing += part.missing
        }
    }

    /// What was answered for some of the objects, by their places.
    fileprivate struct Part: Sendable {
        var values: [(Int, DeviceValue)] = []
        var missing: [Int] = []
    }

    /// Reads objects; those that the device does not have are named in the answers, not thrown.
    /// - Parameter places: those of the objects to ask for; nothing for all of them.
    nonisolated(nonsending) func read(_ objects: [OID], only places: [Int]? = nil) async throws(SNMPError) -> Answers {
        var answers = Answers(objects)
        let places = places ?? Array(objects.indices)
        guard pacer.pace.inFlight > 1, places.count > pacer.pace.objects else {
            answers.take(try await read(places[...], of: objects))
            return answers
        }
        var waiting = places[...]
        /// As many as the device takes now: that changes with every answer.
        func next() -> ArraySlice<Int>? {
            guard !waiting.isEmpty else { return nil }
            let chunk = waiting.prefix(pacer.pace.objects)
            waiting = waiting.dropFirst(chunk.count)
            return chunk
        }
        let outcome = await withTaskGroup(of: Result<Part, SNMPError>.self) { group in
            var underWay = 0
            while true {
                while underWay < pacer.pace.inFlight, let chunk = next() {
                    group.addTask { [self] in await result(chunk, of: objects) }
                    underWay += 1
                }
                guard let result = await group.next() else { break }
                underWay -= 1
                switch result {
                case .success(let part): answers.take(part)
                case .failure(let error):
                    // The others would only wait for the same silence.
                    group.cancelAll()
                    return Result<Answers, SNMPError>.failure(error)
                }
            }
            return .success(answers)
        }
        return try outcome.get()
    }

    private func result(_ chunk: ArraySlice<Int>, of objects: [OID]) async -> Result<Part, SNMPError> {
        do {
            return .success(try await read(chunk, of: objects))
        } catch {
            return .failure(error)
        }
    }

    /// One request after the other, each with as many objects as the device takes.
    private nonisolated(nonsending) func read(
        _ places: ArraySlice<Int>,
        of objects: [OID]
    ) async throws(SNMPError) -> Part {
        var part = Part()
        part.values.reserveCapacity(places.count)
        /// What is left to read, the next last.
        var pieces = places.isEmpty ? [] : [places]
        while let left = pieces.popLast() {
            let piece = left.prefix(pacer.pace.objects)
            if piece.count < left.count { pieces.append(left.dropFirst(piece.count)) }
            do throws(SNMPError) {
                let answered = try await ask(piece, of: objects, into: &part)
                if answered < piece.count { pieces.append(piece.dropFirst(answered)) }
            } catch {
                switch error.code {
                case .noSuchObject, .genErr:
                    if piece.count > 1, let culprit = piece.first(where: { objects[$0] == error.oid }) {
                        if error.code == .noSuchObject { part.missing.append(culprit) }
                        pieces.append(piece.filter { $0 != culprit }[...])
                    } else if piece.count == 1 {
                        if error.code == .noSuchObject { part.missing += piece }
                    } else {
                        let half = (piece.count + 1) / 2
                        pieces += [piece.dropFirst(half), piece.prefix(half)]
                    }
                case .tooBig where piece.count == 1:
                    continue
                case .tooBig where piece.count > 1, .badReply where piece.count > 1:
                    // Some agents cut an answer short instead of saying that it is too big.
                    pacer.tooBig(.objects(piece.count))
                    pieces.append(piece)
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
    private nonisolated(nonsending) func ask(
        _ places: ArraySlice<Int>,
        of objects: [OID],
        into part: inout Part
    ) async throws(SNMPError) -> Int {
        var count = places.count
        /// The counts that were met with silence.
        var silent: [Int] = []
        var first: SNMPError?
        while true {
            let load = DevicePace.Load.objects(count)
            // The last proof of life has one try: those before it have waited for long.
            let tries = count == 1 && first != nil ? 1 : pacer.pace.tries(for: load, of: access.retries + 1)
            // The places ascend, so that so many of them are all.
            let asked = count == objects.count ? objects : places.prefix(count).map { objects[$0] }
            do throws(SNMPError) {
                let reply = try await pacer.send(load) { () async throws(SNMPError) in
                    try await access.get(asked, retries: tries - 1)
                }
                for count in silent { pacer.silent(.objects(count)) }
                // A GET is answered in the order asked, or fails.
                for (place, varBind) in zip(places, reply.varBinds) {
                    if let value = DeviceValue(varBind.value) {
                        part.values.append((place, value))
                    } else {
                        part.missing.append(place)
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
