public import Logging
public import Power
public import SNMPClient
internal import Synchronization

/// Drives PDUs over SNMP; what differs between them is in their models.
///
/// The device has no sessions of its own: one SNMP session is kept open, and opened anew after silence, so that a name
/// is looked up again and a replaced device is met afresh.
public final class SNMPDriver: PDUDriver {
    private struct State {
        var access: (any DeviceAccess)?
        var model: PDUModel?
        var memory = DeviceMemory()
    }

    private let settings: SNMPDriverSettings
    private let logger: Logger
    private let open: @Sendable () async throws(SNMPError) -> any DeviceAccess
    private let state: Mutex<State>
    /// What the device takes is learnt once, and outlives its sessions.
    private let pacer = DevicePacer()

    /// A driver for one device; nothing is sent before the first session.
    public convenience init(settings: SNMPDriverSettings, engine: SNMPEngine, logger: Logger) {
        let target = settings.target
        self.init(settings: settings, logger: logger) { () async throws(SNMPError) in
            SessionAccess(session: try await engine.open(target))
        }
    }

    init(
        settings: SNMPDriverSettings,
        logger: Logger,
        open: @escaping @Sendable () async throws(SNMPError) -> any DeviceAccess
    ) {
        self.settings = settings
        self.logger = logger
        self.open = open
        var state = State()
        if case .known(let model) = settings.model {
            state.model = model
            pacer.limit(to: model.limits.ceilings)
        }
        self.state = Mutex(state)
    }

    /// How the device has to be treated; defaults until a model that has to be detected is known.
    public var traits: DriverTraits {
        guard let model = state.withLock({ $0.model }) else { return DriverTraits(driver: "snmp") }
        return DriverTraits(
            driver: "snmp",
            model: model.id,
            settleWindow: model.settleWindow,
            settleInterval: model.settleInterval,
            switchesTogether: model.switchesTogether,
            cyclesByItself: model.cyclesByItself
        )
    }

    /// Runs `body` with a session; one that has been met with silence is closed and opened anew by the next.
    ///
    /// - Throws: `DriverError` when the session cannot be opened or the model cannot be told, else what `body` threw.
    public nonisolated(nonsending) func withSession<Value: Sendable>(
        _ body: nonisolated(nonsending) (any PDUSession) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        let translation = ErrorTranslation(name: settings.name)
        let access = try await openAccess(translation)
        do throws(DriverError) {
            let model = try await knownModel(access, translation)
            let session = SNMPDriverSession(
                model: model,
                access: access,
                settings: settings,
                memory: state.withLock { $0.memory },
                pacer: pacer,
                logger: logger
            )
            defer {
                let memory = session.memory.withLock { $0 }
                state.withLock { $0.memory = memory }
            }
            return try await body(session)
        } catch {
            if error.isSilence { await closeAccess() }
            throw error
        }
    }

    /// Closes the SNMP session.
    public nonisolated(nonsending) func shutDown() async {
        await closeAccess()
    }

    private nonisolated(nonsending) func openAccess(
        _ translation: ErrorTranslation
    ) async throws(DriverError) -> any DeviceAccess {
        if let access = state.withLock({ $0.access }) { return access }
        do {
            let access = try await open()
            state.withLock { $0.access = access }
            return access
        } catch {
            throw translation.reading(error)
        }
    }

    private nonisolated(nonsending) func closeAccess() async {
        let access = state.withLock { state in
            defer { state.access = nil }
            return state.access
        }
        await access?.close()
    }

    private nonisolated(nonsending) func knownModel(
        _ access: any DeviceAccess,
        _ translation: ErrorTranslation
    ) async throws(DriverError) -> PDUModel {
        if let model = state.withLock({ $0.model }) { return model }
        guard case .detected(let models) = settings.model else {
            throw DriverError(.unsupported, "\(settings.name): no model is configured")
        }
        let detection: ModelDetection
        do {
            detection = try await ModelDetector(models: models, access: access, pacer: pacer).detect()
        } catch {
            throw translation.reading(error)
        }
        guard let model = detection.model else {
            throw DriverError(.unsupported, "\(settings.name): \(detection); set its model in the configuration")
        }
        let problems = model.problems(index: settings.index, listsOutlets: !settings.outlets.isEmpty)
        guard problems.isEmpty else {
            throw DriverError(.unsupported, "\(settings.name): \(problems.joined(separator: "; "))")
        }
        logger.info("the device is a \(model.id)", metadata: ["pdu": "\(settings.name)"])
        pacer.limit(to: model.limits.ceilings)
        state.withLock { $0.model = model }
        return model
    }
}

extension RequestLimits {
    /// The same for the pace of a device.
    fileprivate var ceilings: DevicePace.Ceilings { DevicePace.Ceilings(objects: varBinds, inFlight: concurrent) }
}
