internal import Logging
internal import Power
internal import SNMPClient
internal import Synchronization

/// The work with one device.
final class SNMPDriverSession: PDUSession {
    let model: PDUModel
    let access: any DeviceAccess
    let settings: SNMPDriverSettings
    /// What was learnt of the device. There is one caller at a time, so it is never changed behind a reader's back.
    let memory: Mutex<DeviceMemory>
    /// What the device takes at once.
    let pacer: DevicePacer
    let logger: Logger

    init(
        model: PDUModel,
        access: any DeviceAccess,
        settings: SNMPDriverSettings,
        memory: DeviceMemory,
        pacer: DevicePacer,
        logger: Logger
    ) {
        self.model = model
        self.access = access
        self.settings = settings
        self.memory = Mutex(memory)
        self.pacer = pacer
        self.logger = logger
    }

    var translation: ErrorTranslation { ErrorTranslation(name: settings.name) }

    nonisolated(nonsending) func read(_ scope: ReadScope) async throws(DriverError) -> DeviceReading {
        let (reading, isStale) = try await readOnce(scope)
        // What was learnt of a device that has started anew since the last read may not hold: survey it and read again.
        return isStale ? try await readOnce(scope).reading : reading
    }

    nonisolated(nonsending) func read(
        _ scope: ReadScope,
        mustGiveWay: @escaping @Sendable () -> Bool
    ) async throws(DriverError) -> DeviceReading {
        pacer.giveWay(when: mustGiveWay)
        defer { pacer.giveWay(when: nil) }
        return try await read(scope)
    }

    private nonisolated(nonsending) func readOnce(
        _ scope: ReadScope
    ) async throws(DriverError) -> (reading: DeviceReading, isStale: Bool) {
        switch scope {
        case .everything: try await readEverything()
        case .states(let outlets): try await readStates(outlets)
        }
    }

    nonisolated(nonsending) func describe() async throws(DriverError) -> DeviceDescription {
        let (device, table) = try await survey()
        let texts = [model.device.model, model.device.firmware, model.device.serial].map { $0?.object.oid(device) }
        let names = table.bindings.compactMapValues { model.names?.object.oid($0) }
        let answers = try await answers(Set(texts.compactMap { $0 } + names.values).sorted()).byObject
        func text(_ oid: OID?, _ object: TextObject?, _ outlet: OutletNumber?) -> String? {
            guard let oid, let value = answers[oid] else { return nil }
            return ReadPlan.element(value, object?.packed, outlet)?.label
        }
        return DeviceDescription(
            model: text(texts[0], model.device.model, nil) ?? model.id,
            firmware: text(texts[1], model.device.firmware, nil),
            serial: text(texts[2], model.device.serial, nil),
            outletNames: names.reduce(into: [:]) { $0[$1.key] = text($1.value, model.names, $1.key) },
            outlets: table.numbers
        )
    }

    /// Reads objects, and says what was learnt of how many the device takes at once.
    nonisolated(nonsending) func answers(
        _ objects: [OID],
        only places: [Int]? = nil
    ) async throws(DriverError) -> ObjectReader.Answers {
        let before = pacer.pace
        defer {
            let pace = pacer.pace
            if pace.isRestricted != before.isRestricted || pace.gap != before.gap {
                logger.info("the device's pace was learnt", metadata: ["pdu": "\(settings.name)", "pace": "\(pace)"])
            }
        }
        do {
            return try await ObjectReader(access: access, pacer: pacer).read(objects, only: places)
        } catch {
            throw translation.reading(error)
        }
    }

    /// Writes objects once the device has rested.
    nonisolated(nonsending) func write(_ varBinds: [VarBind], retries: Int?) async throws(SNMPError) {
        _ = try await pacer.send(nil) { () async throws(SNMPError) in
            try await access.set(varBinds, retries: retries)
        }
    }

    /// What has to be known before anything can be asked; asked once, and again when the device has started anew.
    nonisolated(nonsending) func survey() async throws(DriverError) -> (device: IndexBindings, table: OutletTable) {
        let known = memory.withLock { $0 }
        if let device = known.device, let table = known.table { return (device, table) }
        let survey = DeviceSurvey(
            model: model,
            given: settings.index,
            listed: settings.outlets,
            access: access,
            pacer: pacer
        )
        do throws(SurveyFailure) {
            let device = try await survey.deviceBindings()
            var table = try await survey.outletTable(device)
            if let before = known.table, model.numbersRowsInOrder { table = before.keepingNumbers(over: table) }
            memory.withLock { memory in
                memory.device = device
                memory.table = table
            }
            return (device, table)
        } catch {
            throw translation.surveying(error)
        }
    }

    /// Notes the up-time that the device gave; forgets what was learnt where it has started anew.
    /// - Returns: whether it has.
    func hasRestarted(_ answer: DeviceValue?) -> Bool {
        guard case .timeTicks(let upTime) = answer?.raw else { return false }
        let hasRestarted = memory.withLock { memory in
            guard memory.noteUpTime(upTime) else { return false }
            memory = memory.afterRestart()
            return true
        }
        if hasRestarted { logger.notice("the device has started anew", metadata: ["pdu": "\(settings.name)"]) }
        return hasRestarted
    }
}

extension PDUModel {
    /// Whether the number of an outlet is only the place of its row in a table.
    var numbersRowsInOrder: Bool {
        if case .rows(let rows) = outlets { rows.numbering == .inOrder } else { false }
    }

    /// Whether the device has to say which index belongs to an outlet.
    var asksForIndices: Bool {
        switch outlets {
        case .count, .elements, .configured: false
        case .rows(let rows): !rows.followsNumber
        case .lookedUp: true
        }
    }
}
