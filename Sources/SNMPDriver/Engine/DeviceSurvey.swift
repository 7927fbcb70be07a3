internal import Power
internal import SNMPClient
internal import Synchronization

/// Finds out what has to be known of a device before it can be read: its index, its outlets, the rows of its columns.
struct DeviceSurvey {
    let model: PDUModel
    /// Index parts set by the configuration.
    let given: [String: IndexValue]
    /// Outlets listed by the configuration; empty for all that the device has.
    let listed: Set<OutletNumber>
    let access: any DeviceAccess
    let pacer: DevicePacer
    private let walks = WalkCache()

    init(
        model: PDUModel,
        given: [String: IndexValue],
        listed: Set<OutletNumber>,
        access: any DeviceAccess,
        pacer: DevicePacer
    ) {
        self.model = model
        self.given = given
        self.listed = listed
        self.access = access
        self.pacer = pacer
    }

    /// The sysObjectID (SNMPv2-MIB, RFC 3418).
    static let sysObjectID: OID = [1, 3, 6, 1, 2, 1, 1, 2, 0]

    /// What the index parts of the device as a whole stand for.
    nonisolated(nonsending) func deviceBindings() async throws(SurveyFailure) -> IndexBindings {
        var bindings = IndexBindings()
        var captured: IndexBindings?
        for (name, part) in model.index.sorted(by: { $0.key < $1.key }) {
            if let value = given[name] {
                bindings[name] = value.arcs(part.width)
                continue
            }
            switch part.source {
            case .standard(let value): bindings[name] = [value]
            case .captured:
                if captured == nil { captured = try await capture() }
                bindings[name] = captured?[name]
            case .given, .lookedUp: continue
            }
        }
        for (name, part) in model.index.sorted(by: { $0.key < $1.key }) where bindings[name] == nil {
            guard case .lookedUp(let lookup) = part.source, !lookup.isPerOutlet else { continue }
            bindings[name] = try await find(lookup, part.width, bindings)
        }
        return bindings
    }

    /// The outlets, with everything that differs between them.
    nonisolated(nonsending) func outletTable(_ device: IndexBindings) async throws(SurveyFailure) -> OutletTable {
        var table = try await outlets(device)
        for (name, part) in model.index.sorted(by: { $0.key < $1.key }) {
            guard case .lookedUp(let lookup) = part.source, lookup.isPerOutlet else { continue }
            if case .lookedUp(name) = model.outlets { continue }
            table = try await join(table, name, part.width, lookup)
        }
        return table
    }

    /// The rows of the columns that become one value, by the column.
    nonisolated(nonsending) func columns(_ device: IndexBindings) async throws(SurveyFailure) -> [OID: [OID]] {
        var columns: [OID: [OID]] = [:]
        for measurement in model.deviceMeasurements.values.joined() where measurement.rows != nil {
            guard let column = measurement.object.oid(device), columns[column] == nil else { continue }
            columns[column] = try await walk(column).map(\.oid)
        }
        return columns
    }

    nonisolated(nonsending) func walk(_ root: OID) async throws(SurveyFailure) -> [VarBind] {
        if let known = walks[root] { return known }
        do {
            let rows = try await access.walk(root, pacer: pacer).filter { $0.oid.starts(with: root) && $0.oid != root }
            walks[root] = rows
            return rows
        } catch {
            // A version 1 agent says so where a walk begins at something that it does not have.
            if error.code == .noSuchObject { return [] }
            throw .request(error)
        }
    }

    nonisolated(nonsending) func values(_ oids: [OID]) async throws(SurveyFailure) -> [OID: DeviceValue] {
        do {
            return try await ObjectReader(access: access, pacer: pacer).read(oids).byObject
        } catch {
            throw .request(error)
        }
    }

    private nonisolated(nonsending) func capture() async throws(SurveyFailure) -> IndexBindings {
        let answer = try await values([Self.sysObjectID])[Self.sysObjectID]
        guard case .objectIdentifier(let identifier) = answer?.raw else {
            throw .device("it does not give a sysObjectID, which model \(model.id) needs")
        }
        guard let match = ModelMatcher.match(model, sysObjectID: identifier) else {
            throw .device("its sysObjectID \(identifier) is not one of model \(model.id)")
        }
        return match.captured
    }

    /// The index of the row whose name fits; nothing when there is none or more than one.
    private nonisolated(nonsending) func find(
        _ lookup: IndexLookup,
        _ width: IndexPart.Width,
        _ bindings: IndexBindings
    ) async throws(SurveyFailure) -> [UInt32]? {
        guard case .patterns(let patterns) = lookup.wanted, let column = lookup.column.oid(bindings) else { return nil }
        let fitting = try await walk(column).filter { row in
            guard let name = DeviceValue(row.value)?.text else { return false }
            return patterns.contains { $0.match(name) != nil }
        }
        guard fitting.count == 1, let row = fitting.first else { return nil }
        return IndexSuffix.single(row.oid, below: column, width: width)
    }
}

/// The columns that were read in one survey: several parts of an index may be looked up in the same one.
final class WalkCache: Sendable {
    private let rows = Mutex<[OID: [VarBind]]>([:])

    subscript(root: OID) -> [VarBind]? {
        get { rows.withLock { $0[root] } }
        set { rows.withLock { $0[root] = newValue } }
    }
}

extension DeviceSurvey {
    /// The measurements of outlets whose column has no row at all.
    ///
    /// In version 1 every object that is not there fails a whole request; this asks once for a column, not once for each
    /// of its rows.
    nonisolated(nonsending) func absentMeasurements(_ table: OutletTable) async throws(SurveyFailure) -> Set<OID> {
        var absent: Set<OID> = []
        for measurement in model.outletMeasurements.values.joined() {
            let column = measurement.object.column
            guard try await isEmpty(column) else { continue }
            absent.formUnion(table.bindings.values.compactMap { measurement.object.oid($0) })
        }
        return absent
    }

    private nonisolated(nonsending) func isEmpty(_ column: OID) async throws(SurveyFailure) -> Bool {
        do {
            guard let next = try await access.getNext(column, pacer: pacer) else { return true }
            return !next.oid.starts(with: column) || DeviceValue(next.value) == nil
        } catch {
            if error.code == .noSuchObject { return true }
            throw .request(error)
        }
    }
}

extension OIDTemplate {
    /// What stands before the first index part.
    var column: OID {
        var arcs: [UInt32] = []
        for element in elements {
            guard case .arc(let arc) = element else { break }
            arcs.append(arc)
        }
        return OID(arcs)
    }
}
