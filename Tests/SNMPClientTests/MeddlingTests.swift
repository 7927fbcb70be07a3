import LocalServices
import SNMPClient
import Synchronization
import TestSupport
import Testing

@Suite("Version 3 with somebody on the way", .timeLimit(.minutes(10)))
struct MeddlingTests {
    /// Stands between a client and a real snmpd.
    private final class Meddler: Sendable {
        enum Mischief: Sendable {
            case none, silence, twice, forgedClock
        }

        private final class Shared: Sendable {
            let mischief = Mutex(Mischief.none)
        }

        let agent: PlayedAgent
        private let shared = Shared()

        init(to port: Int) throws {
            let descriptor = try DatagramSocket.bound(to: 0)
            let shared = shared
            agent = try PlayedAgent { datagram, _ in
                let mischief = shared.mischief.withLock { $0 }
                if mischief == .silence { return [] }
                DatagramSocket.send(datagram, to: DatagramSocket.address(UInt16(clamping: port)), from: descriptor)
                guard let (answer, _) = DatagramSocket.receive(descriptor, milliseconds: 5_000) else { return [] }
                switch mischief {
                case .twice: return [PlayedAgent.Reply(bytes: answer), PlayedAgent.Reply(bytes: answer)]
                case .forgedClock: return [PlayedAgent.Reply(bytes: Self.forged(answer) ?? answer)]
                case .none, .silence: return [PlayedAgent.Reply(bytes: answer)]
                }
            }
        }

        func set(_ mischief: Mischief) { shared.mischief.withLock { $0 = mischief } }

        /// The engine's answer to the question who it is, with another number of boots; other messages prove their
        /// origin, and are left alone.
        private static func forged(_ answer: [UInt8]) -> [UInt8]? {
            guard let message = BER.first(answer[...]), let version = BER.first(message.content),
                let header = BER.first(version.rest), let parameters = BER.first(header.rest),
                let sequence = BER.first(parameters.content), let engine = BER.first(sequence.content),
                let boots = BER.first(engine.rest), boots.tag == 0x02, boots.content.count == 1,
                let time = BER.first(boots.rest), let user = BER.first(time.rest),
                let authentication = BER.first(user.rest), authentication.content.isEmpty
            else { return nil }
            var forged = answer
            forged[boots.content.startIndex] = 0x55
            return forged
        }
    }

    private static let user = V3Tests.user

    private func with(
        _ body: (SNMPDaemon, Meddler, SNMPSession) async throws -> Void
    ) async throws {
        let daemon = try await SNMPDaemon.start(.init(users: [Self.user.onTheDevice]))
        let meddler = try Meddler(to: daemon.port)
        let engine = Fixture.engine()
        let session = try await engine.open(
            SNMPTarget(
                host: "127.0.0.1",
                port: meddler.agent.port,
                credentials: Self.user.credentials(),
                timeout: .seconds(5),
                retries: 1
            )
        )
        try await body(daemon, meddler, session)
        await engine.close()
        await daemon.stop()
    }

    @Test("a SET that is refused for its clock twice over is sent once more, and not twice")
    func twice() async throws {
        try await with { daemon, meddler, session in
            _ = try await session.get([Fixture.upTime])
            try await daemon.restart()
            meddler.set(.twice)
            let before = meddler.agent.datagrams.count
            try await session.set([VarBind(Fixture.contact, .octets(Array("somebody".utf8)))], retries: 0)
            #expect(meddler.agent.datagrams.count - before == 2)
        }
    }

    @Test("a clock that the device has proved is not given up for one that anybody may have told")
    func forgedClock() async throws {
        try await with { _, meddler, session in
            _ = try await session.get([Fixture.upTime])
            meddler.set(.silence)
            let lost = await code {
                try await session.get([Fixture.upTime], retries: 0, timeout: .milliseconds(50))
            }
            #expect(lost == .noAnswer)
            meddler.set(.forgedClock)
            let before = meddler.agent.datagrams.count
            _ = try await session.get([Fixture.upTime])
            // Who the device is, and the request itself: with another clock it would have been refused once.
            #expect(meddler.agent.datagrams.count - before == 2)
        }
    }
}
