internal import Power

/// One connection of the native protocol: the hand-shake, the status that ends it, and at most one control frame.
struct NativeConnection: Sendable {
    /// Starts a session when sent first, and ends one at once when sent later: the device takes it for a mistake.
    private static let startByte: UInt8 = 0x11

    /// The state codes that the device reported first.
    let initialCodes: SIMD4<UInt8>
    /// How long the device took to answer the first start byte; nothing when it took more than one.
    let startTime: Duration?
    private let link: TCPLink
    private let cipher: NativeCipher
    private let configuration: EnerGenieTCPConfiguration

    /// Connects and shows the password.
    ///
    /// - Throws: `NativeFailure`; nothing can have switched.
    nonisolated(nonsending) static func open(
        _ link: TCPLink,
        _ configuration: EnerGenieTCPConfiguration,
        _ patience: StartPatience
    ) async throws(NativeFailure) -> NativeConnection {
        var step = NativeStep.starting
        var starts = 0
        do throws(ExchangeError) {
            let begin = ContinuousClock.now
            try await link.open(within: configuration.limit).value(onCancel: { link.cancel() })
            let connected = ContinuousClock.now
            let wait = patience.wait(connecting: begin.duration(to: connected))
            let task = try await start(link, wait, within: configuration.limit, &starts)
            let startTime = starts == 1 ? connected.duration(to: .now) : nil
            step = .authenticating
            let cipher = NativeCipher(password: configuration.password.latin1, task: task)
            let frame = try await ask(link, cipher.answer.bytes, within: configuration.limit)
            return NativeConnection(
                initialCodes: cipher.stateCodes(in: frame),
                startTime: startTime,
                link: link,
                cipher: cipher,
                configuration: configuration
            )
        } catch {
            await link.close(saying: [startByte])
            throw NativeFailure(step: step, reason: error, starts: starts)
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

    /// Sends the start byte until the device answers it.
    private nonisolated(nonsending) static func start(
        _ link: TCPLink,
        _ wait: Duration,
        within limit: Duration,
        _ starts: inout Int
    ) async throws(ExchangeError) -> SIMD4<UInt8> {
        var left = limit
        while true {
            let now = min(wait, left)
            starts += 1
            do {
                return try await ask(link, [startByte], within: now)
            } catch {
                left -= now
                guard error == .timedOut, left > .zero else { throw error }
            }
        }
    }

    private nonisolated(nonsending) static func ask(
        _ link: TCPLink,
        _ bytes: [UInt8],
        within limit: Duration
    ) async throws(ExchangeError) -> SIMD4<UInt8> {
        try await link.ask(bytes, reader: FrameReader(), within: limit, permit: .current)
            .value(onCancel: { link.cancel() })
    }
}

/// The arithmetic of the native protocol: a challenge, its answer, and the disguise of statuses and controls.
///
/// All of it is modulo 256 or 65536. Source: the independent implementations egctl, pdudaemon, openHAB and pyegpm, which
/// agree with one another.
public struct NativeCipher: Sendable {
    private let key: SIMD8<UInt8>
    private let task: SIMD4<UInt8>

    /// A cipher for one session.
    ///
    /// - Parameters:
    ///   - password: the password's bytes; padded with spaces to 8, and cut there as the device does.
    ///   - task: the four bytes the device sent as its challenge, first byte first.
    public init(password: some Sequence<UInt8>, task: SIMD4<UInt8>) {
        var key = SIMD8<UInt8>(repeating: UInt8(ascii: " "))
        for (index, byte) in password.prefix(8).enumerated() { key[index] = byte }
        self.key = key
        self.task = task
    }

    /// The answer to the challenge: two 16-bit words, low byte first.
    public var answer: SIMD4<UInt8> {
        let first =
            (UInt16(task[0] ^ key[2]) &* UInt16(key[0])) ^ (UInt16(key[6]) | UInt16(key[4]) << 8) ^ UInt16(task[2])
        let second =
            (UInt16(task[1] ^ key[3]) &* UInt16(key[1])) ^ (UInt16(key[7]) | UInt16(key[5]) << 8) ^ UInt16(task[3])
        return SIMD4(
            UInt8(truncatingIfNeeded: first),
            UInt8(truncatingIfNeeded: first >> 8),
            UInt8(truncatingIfNeeded: second),
            UInt8(truncatingIfNeeded: second >> 8)
        )
    }

    /// Reveals a status frame: the state codes of outlets 1 to 4 in this order. In the frame outlet 4 comes first.
    public func stateCodes(in frame: SIMD4<UInt8>) -> SIMD4<UInt8> {
        let codes = ((frame &- key[1]) ^ key[0]) &- task[3] ^ SIMD4(repeating: task[2])
        return SIMD4(codes[3], codes[2], codes[1], codes[0])
    }

    /// Disguises controls for outlets 1 to 4 in this order: 1 is on, 2 is off, 4 leaves the outlet alone.
    public func controlFrame(_ controls: SIMD4<UInt8>) -> SIMD4<UInt8> {
        let controls = SIMD4(controls[3], controls[2], controls[1], controls[0])
        return (((controls ^ task[2]) &+ task[3]) ^ key[0]) &+ key[1]
    }
}
