internal import Power
internal import SNMPClient

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
