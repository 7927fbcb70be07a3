internal import NIOCore
public import Power

/// Tells a strip from other devices, without a password and without changing anything.
extension EnerGenieDrivers {
    /// The byte that begins a session of the native protocol, and ends one at once when it is sent again.
    private static let startByte: UInt8 = 0x11
    /// How other servers begin what they say, before or after a byte that they do not understand.
    private static let otherGreetings = ["HTTP", "SSH-", "RTSP", "220 ", "220-", "+OK "]

    /// The page that a web server shows first. Nobody is logged in or out by looking at it.
    ///
    /// - Throws: `unreachable`, `timeout`, `interrupted`, `badReply` for what is no HTTP, `cancelled`.
    public nonisolated(nonsending) func startPage(
        of endpoint: EnerGenieEndpoint,
        within limit: Duration
    ) async throws(DriverError) -> EnerGeniePage {
        do {
            let reply = try await LenientWebTransport(group: group).run(.get("/"), with: endpoint, within: limit)
            return EnerGeniePage(reply.body)
        } catch {
            throw WebStep.reading.error(error, endpoint)
        }
    }

    /// Whether something answers the start byte of the native protocol as a strip does, with four bytes.
    ///
    /// The session that this begins is ended at once. A strip in a session with somebody else stays silent.
    public nonisolated(nonsending) func greets(_ endpoint: EnerGenieEndpoint, within limit: Duration) async -> Bool {
        let link = TCPLink(to: endpoint, on: group)
        let start = ContinuousClock.now
        var task: SIMD4<UInt8>?
        do {
            task = try await link.open(within: limit)
                .flatMap {
                    link.ask([Self.startByte], reader: FrameReader(), within: limit - start.duration(to: .now))
                }
                .value(onCancel: { link.cancel() })
        } catch {
            // Whatever else is on that port is no strip, or one that cannot be asked now.
        }
        await link.close(saying: [Self.startByte])
        guard let task else { return false }
        let bytes = (0..<4).map { task[$0] }
        return !Self.otherGreetings.contains { Array($0.utf8) == bytes }
    }
}
