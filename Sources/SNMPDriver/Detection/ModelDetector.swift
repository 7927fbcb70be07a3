public import SNMPClient

/// Asks a device which model it is.
public struct ModelDetector: Sendable {
    private let models: [PDUModel]
    private let access: any DeviceAccess
    private let pacer: DevicePacer

    /// The sysDescr (SNMPv2-MIB, RFC 3418).
    private static let sysDescr: OID = [1, 3, 6, 1, 2, 1, 1, 1, 0]

    /// A detector among the given models, through an open session.
    public init(models: [PDUModel], session: SNMPSession) {
        self.init(models: models, access: SessionAccess(session: session))
    }

    init(models: [PDUModel], access: any DeviceAccess, pacer: DevicePacer = DevicePacer()) {
        self.models = models
        self.access = access
        self.pacer = pacer
    }

    /// Reads what the device says of itself, and probes objects where that fits several models or is shared with devices
    /// that are no PDUs.
    ///
    /// - Throws: `SNMPError` when the device does not answer; a device that is none of the models is no error.
    public nonisolated(nonsending) func detect() async throws(SNMPError) -> ModelDetection {
        let reader = ObjectReader(access: access, pacer: pacer)
        let answers = try await reader.read([DeviceSurvey.sysObjectID, Self.sysDescr])
        var sysObjectID: OID?
        if case .objectIdentifier(let oid) = answers[0]?.raw { sysObjectID = oid }
        let sysDescr = answers[1]?.text.map { String($0.prefix(200)) }
        var tried: [String] = []
        var found: PDUModel?
        for candidate in ModelMatcher.candidates(models, sysObjectID: sysObjectID, sysDescr: sysDescr) {
            tried.append(candidate.model.id)
            if try await passesProbe(candidate.model, sysObjectID) {
                found = candidate.model
                break
            }
        }
        return ModelDetection(
            model: found,
            sysDescr: sysDescr,
            sysObjectID: sysObjectID.map { "\($0)" },
            tried: tried
        )
    }

    /// Whether the object that a model is known by is there, or one below it.
    private nonisolated(nonsending) func passesProbe(
        _ model: PDUModel,
        _ sysObjectID: OID?
    ) async throws(SNMPError) -> Bool {
        guard let probe = model.detection.probe else { return true }
        var bindings = IndexBindings()
        for (name, part) in model.index {
            if case .standard(let value) = part.source { bindings[name] = [value] }
        }
        if let sysObjectID, let match = ModelMatcher.match(model, sysObjectID: sysObjectID) {
            bindings = bindings.overlaid(by: match.captured)
        }
        guard let oid = probe.oid(bindings) else { return false }
        do {
            let reply = try await pacer.send(.objects(1)) { () async throws(SNMPError) in
                try await access.get([oid], retries: nil)
            }
            if let value = reply.varBinds.first?.value, DeviceValue(value) != nil { return true }
        } catch  where error.code == .noSuchObject {
            // Version 1 says it this way; an object below it may still be there.
        }
        do {
            guard let next = try await access.getNext(oid, pacer: pacer), DeviceValue(next.value) != nil else {
                return false
            }
            return next.oid.starts(with: oid)
        } catch  where error.code == .noSuchObject {
            return false
        }
    }
}
