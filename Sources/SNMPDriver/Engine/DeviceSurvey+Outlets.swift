internal import Power
internal import SNMPClient

extension DeviceSurvey {
    /// The outlets with the index parts of their rows.
    nonisolated(nonsending) func outlets(_ device: IndexBindings) async throws(SurveyFailure) -> OutletTable {
        let table: OutletTable
        switch model.outlets {
        case .configured: table = try configured()
        case .count(let object): table = listed.isEmpty ? try await counted(object, device) : .numbered(listed)
        case .elements(let object, let list):
            table = listed.isEmpty ? try await elements(object, list, device) : .numbered(listed)
        case .rows(let rows):
            table = rows.followsNumber && !listed.isEmpty ? .numbered(listed) : try await self.rows(rows, device)
        case .lookedUp(let part): table = try await named(part, device)
        }
        return OutletTable(table.bindings.mapValues { device.overlaid(by: $0) })
    }

    private func configured() throws(SurveyFailure) -> OutletTable {
        guard !listed.isEmpty else {
            throw .configuration("model \(model.id) cannot ask the device for its outlets: list them under outlets")
        }
        return .numbered(listed)
    }

    private nonisolated(nonsending) func counted(
        _ object: OIDTemplate,
        _ device: IndexBindings
    ) async throws(SurveyFailure) -> OutletTable {
        let oid = try resolve(object, device)
        guard let count = try await values([oid])[oid]?.integer, (1...OutletNumber.maximum).contains(count) else {
            throw .device(
                "it does not say how many outlets it has (\(oid)): check that model \(model.id) fits, or list them under "
                    + "outlets"
            )
        }
        return .numbered((1...count).compactMap { OutletNumber($0) })
    }

    private nonisolated(nonsending) func elements(
        _ object: OIDTemplate,
        _ list: PackedList,
        _ device: IndexBindings
    ) async throws(SurveyFailure) -> OutletTable {
        let oid = try resolve(object, device)
        guard let text = try await values([oid])[oid]?.text, !text.isEmpty else {
            throw .device("it does not give the list of its outlets (\(oid)): check that model \(model.id) fits")
        }
        return .numbered(list.elements(text).indices.compactMap { OutletNumber($0 + 1) })
    }

    private nonisolated(nonsending) func rows(
        _ rows: OutletRows,
        _ device: IndexBindings
    ) async throws(SurveyFailure) -> OutletTable {
        let column = try resolve(rows.column, device)
        let widths = model.index.mapValues(\.width)
        var found: [IndexBindings] = []
        for row in try await walk(column).map(\.oid).sorted() {
            guard let bindings = IndexSuffix.bindings(row, below: column, index: rows.index, widths: widths),
                // A part that the configuration sets picks the rows of that unit.
                given.allSatisfy({ name, value in
                    bindings[name] == nil || bindings[name] == value.arcs(model.index[name]?.width ?? .arcs(1))
                })
            else { continue }
            found.append(bindings)
        }
        if let condition = rows.condition { found = try await filter(found, condition, device) }
        let numbered = try await number(found, rows.numbering, device).filter { $0.0.rawValue <= rows.highest }
        guard !numbered.isEmpty else {
            throw .device("it lists no outlets (\(column)): check that model \(model.id) fits")
        }
        var table: [OutletNumber: IndexBindings] = [:]
        var twice: Set<OutletNumber> = []
        for (number, row) in numbered {
            if table[number] != nil { twice.insert(number) }
            table[number] = row
        }
        if let number = twice.min() {
            throw .configuration(
                "it has more than one outlet \(number): set which unit is meant under index: "
                    + Self.choice(found, model)
            )
        }
        return OutletTable(table)
    }

    /// The values among rows that a configuration may choose one of, for people.
    private static func choice(_ rows: [IndexBindings], _ model: PDUModel) -> String {
        model.indexNames.sorted().compactMap { name in
            let width = model.index[name]?.width ?? .arcs(1)
            let arcs = Set(rows.compactMap { $0[name] }).sorted { $0.lexicographicallyPrecedes($1) }
            let values = arcs.prefix(16).map { IndexValue(arcs: $0, width).description }
            return values.isEmpty ? nil : "\(name) (\(values.joined(separator: ", ")))"
        }
        .joined(separator: ", ")
    }

    private nonisolated(nonsending) func filter(
        _ rows: [IndexBindings],
        _ condition: OutletRows.Condition,
        _ device: IndexBindings
    ) async throws(SurveyFailure) -> [IndexBindings] {
        let answers = try await values(rows.compactMap { condition.object.oid(device.overlaid(by: $0)) })
        return rows.filter { row in
            guard let oid = condition.object.oid(device.overlaid(by: row)), let value = answers[oid] else {
                return false
            }
            return condition.values.contains { $0.matches(value) }
        }
    }

    private nonisolated(nonsending) func number(
        _ rows: [IndexBindings],
        _ numbering: OutletRows.Numbering,
        _ device: IndexBindings
    ) async throws(SurveyFailure) -> [(OutletNumber, IndexBindings)] {
        var numbers: [Int?] = []
        switch numbering {
        case .inOrder: numbers = rows.indices.map { $0 + 1 }
        case .expression(let expression):
            numbers = rows.map { row in expression.arcs(row).flatMap { $0.count == 1 ? $0.first.map(Int.init) : nil } }
        case .column(let object):
            let oids = rows.map { object.oid(device.overlaid(by: $0)) }
            let answers = try await values(oids.compactMap { $0 })
            numbers = oids.map { $0.flatMap { answers[$0]?.integer } }
        }
        return zip(numbers, rows).compactMap { number, row in
            guard let number, let outlet = OutletNumber(number) else { return nil }
            return (outlet, Self.numbered(row, outlet))
        }
    }

    /// The outlets that a look-up of names finds.
    private nonisolated(nonsending) func named(
        _ part: String,
        _ device: IndexBindings
    ) async throws(SurveyFailure) -> OutletTable {
        guard let index = model.index[part], case .lookedUp(let lookup) = index.source else { return OutletTable() }
        let table = OutletTable(
            try await indices(lookup, index.width, device)
                .reduce(into: [:]) { $0[$1.key] = Self.numbered(IndexBindings([part: $1.value]), $1.key) }
        )
        guard !table.bindings.isEmpty else {
            throw .device("it has no outlet among its names (\(lookup.column)): check that model \(model.id) fits")
        }
        return table
    }

    /// The rows whose names have the number of an outlet; a number that two rows have is left out, as it says nothing.
    func indices(
        _ lookup: IndexLookup,
        _ width: IndexPart.Width,
        _ device: IndexBindings
    ) async throws(SurveyFailure) -> [OutletNumber: [UInt32]] {
        guard case .patterns(let patterns) = lookup.wanted else { return [:] }
        let column = try resolve(lookup.column, device)
        var found: [OutletNumber: [UInt32]] = [:]
        var twice: Set<OutletNumber> = []
        for row in try await walk(column) {
            guard let name = DeviceValue(row.value)?.text,
                case .number(let number) = patterns.lazy.compactMap({ $0.match(name) }).first,
                let outlet = OutletNumber(number),
                let index = IndexSuffix.single(row.oid, below: column, width: width)
            else { continue }
            if found.updateValue(index, forKey: outlet) != nil { twice.insert(outlet) }
        }
        for outlet in twice { found[outlet] = nil }
        return found
    }

    /// Adds an index part that is looked up for each outlet; an outlet without one goes without what needs it.
    func join(
        _ table: OutletTable,
        _ part: String,
        _ width: IndexPart.Width,
        _ lookup: IndexLookup
    ) async throws(SurveyFailure) -> OutletTable {
        guard let device = table.bindings.values.first else { return table }
        var bindings = table.bindings
        switch lookup.wanted {
        case .patterns:
            for (outlet, index) in try await indices(lookup, width, device) { bindings[outlet]?[part] = index }
        case .sameAs(let object):
            let oids = bindings.compactMapValues { object.oid($0) }
            let names = try await values(Array(oids.values))
            let column = try resolve(lookup.column, device)
            var rows: [String: [UInt32]] = [:]
            for row in try await walk(column) {
                guard let name = DeviceValue(row.value)?.text, rows[name] == nil else { continue }
                rows[name] = IndexSuffix.single(row.oid, below: column, width: width)
            }
            for (outlet, oid) in oids {
                // The object may list several names; the first that has a row is the outlet's.
                let wanted = names[oid]?.text?.split(separator: ",").map { DeviceValue(text: String($0)).text ?? "" }
                bindings[outlet]?[part] = wanted?.lazy.compactMap { rows[$0] }.first
            }
        }
        return OutletTable(bindings)
    }

    private func resolve(_ object: OIDTemplate, _ device: IndexBindings) throws(SurveyFailure) -> OID {
        if let oid = object.oid(device) { return oid }
        let missing = object.parts.filter { device[$0] == nil }.sorted().joined(separator: ", ")
        throw .configuration("model \(model.id) needs to know \(missing): set it under index")
    }

    private static func numbered(_ row: IndexBindings, _ outlet: OutletNumber) -> IndexBindings {
        var row = row
        row["outlet"] = [UInt32(outlet.rawValue)]
        return row
    }
}
