internal import Power

/// One connection of the native protocol: the hand-shake, the status that ends it, and at most one control frame.
struct NativeConnection: Sendable {
    /// Starts a session when sent first, and ends one at once when sent later: the device takes it for a mistake.
    private static let startByte: UInt8 = 0x11

    /// The state codes that the device reported first.
    let initialCodes: SIMD4<UInt8>
    private let link: TCPLink
    private let cipher: NativeCipher
    private let configuration: EnerGenieTCPConfiguration

    /// Connects and shows the password.
    ///
    /// - Throws: `NativeFailure`; nothing can have switched.
    nonisolated(nonsending) static func open(
        _ link: TCPLink,
        _ configuration: EnerGenieTCPConfiguration
    ) async throws(NativeFailure) -> NativeConnection {
        var step = NativeStep.starting
        do throws(ExchangeError) {
            try await link.open(within: configuration.limit).value(onCancel: { link.cancel() })
            let task = try await start(link, configuration)
            step = .authenticating
            let cipher = NativeCipher(password: configuration.password.latin1, task: task)
            let frame = try await ask(link, cipher.answer.bytes, within: configuration.limit)
            return NativeConnection(
                initialCodes: cipher.stateCodes(in: frame),
                link: link,
                cipher: cipher,
                configuration: configuration
            )
        } catch {
            await link.close(saying: [startByte])
            throw NativeFailure(step: step, reason: error)
        }
    }

    /// Sends controls; gives back the state codes that the device answers with.
    nonisolated(nonsending) func control(_ states: [PowerState?]) async throws(DriverError) -> SIMD4<UInt8> {
        var controls = SIMD4<UInt8>(repeating: 4)
        for (index, state) in states.prefix(4).enumerated() {
            switch state {
            case .on: controls[index] = 1
            case .off: controls[index] = 2
            case nil: break
            }
        }
        let frame = cipher.controlFrame(controls).bytes
        do {
            return cipher.stateCodes(in: try await Self.ask(link, frame, within: configuration.limit))
        } catch {
            throw NativeStep.switching.error(error, configuration.endpoint)
        }
    }

    /// Ends the session, so that the device is free at once and not only when it has waited in vain, about 4 s.
    nonisolated(nonsending) func close() async {
        await link.close(saying: [Self.startByte])
    }

    private nonisolated(nonsending) static func start(
        _ link: TCPLink,
        _ configuration: EnerGenieTCPConfiguration
    ) async throws(ExchangeError) -> SIMD4<UInt8> {
        for _ in 1..<max(2, min(configuration.startAttempts, 20)) {
            do {
                return try await ask(link, [startByte], within: configuration.startInterval)
            } catch {
                guard error == .timedOut else { throw error }
            }
        }
        return try await ask(link, [startByte], within: configuration.startInterval)
    }

    private nonisolated(nonsending) static func ask(
        _ link: TCPLink,
        _ bytes: [UInt8],
        within limit: Duration
    ) async throws(ExchangeError) -> SIMD4<UInt8> {
        try await link.ask(bytes, reader: FrameReader(), within: limit).value(onCancel: { link.cancel() })
    }
}
