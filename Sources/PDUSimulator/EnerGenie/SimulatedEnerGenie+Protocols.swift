internal import Power
internal import Synchronization

extension SimulatedEnerGenie {
    /// What a connection is to do with the answer to a request.
    struct Answer: Sendable {
        /// The bytes to send.
        var bytes: [UInt8]
        /// How long to wait first.
        var latency = Duration.zero
        /// How long to wait between two bytes.
        var gap = Duration.zero
        /// Whether the connection is closed then.
        var closes = true
    }

    /// Answers a request of the web interface; nothing for silence.
    func answer(_ request: EnerGenieRequest, from client: String) -> Answer? {
        let now = MonotonicTime.now
        let mishap = mishaps[EnerGenieWebSite.step(request)]
        note(mishap, EnerGenieWebSite.object(request), at: now)
        return state.withLock { state in
            carryOut(mishap, state.faults, thenCloses: true) {
                let outcome = state.site.answer(request, from: client, at: now, state.firmware.page)
                note(outcome.object, outcome.outcome, at: now)
                execute(outcome.orders, &state, at: now)
                guard case .outlets([]?) = outcome.page else {
                    return EnerGeniePageWriter.answer(outcome.page, state.firmware)
                }
                return EnerGeniePageWriter.answer(.outlets(Self.reported(state, at: now)), state.firmware)
            }
        }
    }

    /// Begins a session of the native protocol; nothing when the start byte is ignored.
    func beginNative(_ connection: ObjectIdentifier) -> (
        latency: Duration, coding: EnerGenieNativeCoding, task: [UInt8]
    )? {
        state.withLock { state in
            guard !state.faults.isDead, Double.random(in: 0..<1) >= state.faults.loss else { return nil }
            if state.startsToIgnore > 0 {
                state.startsToIgnore -= 1
                return nil
            }
            guard state.nativeSession == nil || state.nativeSession == connection else { return nil }
            state.nativeSession = connection
            let task = (0..<4).map { _ in UInt8.random(in: .min ... .max) }
            return (state.faults.latency, EnerGenieNativeCoding(password: configuration.password, task: task), task)
        }
    }

    /// Checks the password of the native protocol and answers with the states; nothing for silence.
    func authenticateNative(_ answer: [UInt8], _ coding: EnerGenieNativeCoding) -> Answer? {
        let now = MonotonicTime.now
        let mishap = mishaps[.logIn]
        note(mishap, "native password", at: now)
        return state.withLock { state in
            carryOut(mishap, state.faults, thenCloses: false) {
                let isRight = answer == coding.answer
                note("native password", isRight ? "done" : "wrong password", at: now)
                return isRight ? Self.frame(state, coding, at: now) : nil
            }
        }
    }

    /// Carries out a control frame and answers with the states; nothing for silence.
    func controlNative(_ frame: [UInt8], _ coding: EnerGenieNativeCoding) -> Answer? {
        let now = MonotonicTime.now
        let mishap = mishaps[.switching]
        note(mishap, "native controls", at: now)
        return state.withLock { state in
            carryOut(mishap, state.faults, thenCloses: false) {
                guard let orders = coding.orders(in: frame) else { return nil }
                execute(orders, &state, at: now)
                return Self.frame(state, coding, at: now)
            }
        }
    }

    /// Ends a session of the native protocol.
    func endNative(_ connection: ObjectIdentifier) {
        state.withLock { state in
            if state.nativeSession == connection { state.nativeSession = nil }
        }
    }

    /// Does the work as faults and a mishap let it.
    ///
    /// - Parameter thenCloses: whether the connection ends with a whole answer.
    private func carryOut(
        _ mishap: EnerGenieMishap?,
        _ faults: Faults,
        thenCloses: Bool,
        _ work: () -> [UInt8]?
    ) -> Answer? {
        guard !faults.isDead, faults.loss == 0 || Double.random(in: 0..<1) >= faults.loss else { return nil }
        var answer: Answer?
        switch mishap {
        case .silence: answer = nil
        case .close: answer = Answer(bytes: [])
        case .send(let bytes): answer = Answer(bytes: bytes)
        case .executeAndClose:
            _ = work()
            answer = Answer(bytes: [])
        case .cutShort:
            answer = work().map { Answer(bytes: Array($0.prefix($0.count / 2))) }
        case .trickle(let gap): answer = work().map { Answer(bytes: $0, gap: gap, closes: thenCloses) }
        case nil:
            answer = work().map { Answer(bytes: $0, closes: thenCloses) }
            // The answer is lost as easily as the request.
            if faults.loss > 0, Double.random(in: 0..<1) < faults.loss { answer = nil }
        }
        answer?.latency = faults.latency
        return answer
    }

    private func execute(_ orders: [Int: PowerState], _ state: inout State, at now: Duration) {
        for (outlet, order) in orders.sorted(by: { $0.key < $1.key }) {
            let isRefused = state.faults.isRefusing
            if !isRefused { state.outlets.perform(.switchTo(order), on: outlet, at: now, lag: state.faults.settleLag) }
            record.append(
                DeviceRecord.Entry(
                    nanoseconds: now.wholeNanoseconds,
                    object: "cte\(outlet)",
                    value: order == .on ? "1" : "0",
                    outlet: outlet,
                    outcome: isRefused ? "refused" : "done"
                )
            )
        }
    }

    /// Records what a mishap keeps the strip from carrying out.
    private func note(_ mishap: EnerGenieMishap?, _ object: String, at now: Duration) {
        switch mishap {
        case .silence, .close, .send: note(object, "lost", at: now)
        case .executeAndClose, .cutShort, .trickle, nil: break
        }
    }

    private func note(_ object: String, _ outcome: String, at now: Duration) {
        record.append(
            DeviceRecord.Entry(
                nanoseconds: now.wholeNanoseconds,
                object: object,
                value: "",
                outlet: nil,
                outcome: outcome
            )
        )
    }

    private static func reported(_ state: State, at now: Duration) -> [PowerState] {
        (1...4).map { state.outlets.reportedState(of: $0, at: now) ?? .off }
    }

    private static func frame(_ state: State, _ coding: EnerGenieNativeCoding, at now: Duration) -> [UInt8] {
        let states = reported(state, at: now)
        let voltages = states.enumerated().map { ($1 == .on) != state.voltageMismatches.contains($0 + 1) }
        return coding.status(states, voltages: voltages, state.firmware.dialect)
    }
}
