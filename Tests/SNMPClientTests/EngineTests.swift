import Glibc
import LocalServices
import Logging
import SNMPClient
import Synchronization
import TestSupport
import Testing

@Suite("The engine and its host", .timeLimit(.minutes(10)))
struct EngineTests {
    @Test("two devices with one engine ID both work, whatever their clocks, and are named")
    func sameEngineID() async throws {
        let user = UserCase(authentication: .sha256, privacy: .aes128)
        let configuration = SNMPDaemonConfiguration(
            users: [user.onTheDevice],
            additionalLines: ["exactEngineID 0x80001f8804626c6164652d31"]
        )
        let first = try await SNMPDaemon.start(configuration)
        // This one has started more often.
        let second = try await SNMPDaemon.start(configuration)
        try await second.restart()
        try await second.restart()
        let log = LogRecorder()
        let engine = SNMPEngine(logger: log.logger)
        let firstSession = try await engine.open(Fixture.target(first, user.credentials(), retries: 0))
        let secondSession = try await engine.open(Fixture.target(second, user.credentials(), retries: 0))
        for _ in 0..<3 {
            #expect(try await firstSession.get([Fixture.upTime]).count == 1)
            #expect(try await secondSession.get([Fixture.upTime]).count == 1)
        }
        #expect(log.lines.filter { $0.level == .warning && $0.text.contains("same SNMP engine ID") }.count == 1)
        await first.stop()
        await second.stop()
    }

    @Test("net-snmp's own log goes to the logger, at debug level")
    func log() async throws {
        let oid: OID = [1, 3, 6, 1, 4, 1, 99_999, 1, 0]
        let agent = try PlayedAgent { datagram, _ in
            guard let request = AgentRequest(datagram) else { return [] }
            // A type that there is not.
            let odd = BER.sequence(BER.objectIdentifier(oid), [0x4A, 0x01, 0x00])
            return [PlayedAgent.Reply(bytes: request.response([odd]))]
        }
        let log = LogRecorder()
        // The engine that was made last has net-snmp's log; other tests make some at the same time.
        for _ in 0..<20 where log.lines.allSatisfy({ $0.text != "net-snmp" }) {
            let engine = SNMPEngine(logger: log.logger)
            let target = SNMPTarget(
                host: "127.0.0.1",
                port: agent.port,
                credentials: .v2c(community: "public"),
                timeout: .milliseconds(100),
                retries: 0
            )
            let session = try await engine.open(target)
            _ = await code { try await session.get([oid]) }
        }
        #expect(log.lines.contains { $0.text == "net-snmp" && $0.level == .debug })
    }

    @Test("the host's net-snmp configuration is neither read nor written")
    func hostConfiguration() async {
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            // Whoever opens these to read waits for ever.
            for name in ["snmp.conf", "snmp.local.conf", "busbar.conf", "busbar.local.conf"] {
                #expect(mkfifo(directory.path(of: name), 0o600) == 0)
            }
            try directory.makeDirectory("state")
            for (name, value) in [
                ("SNMPCONFPATH", directory.path), ("SNMP_PERSISTENT_DIR", directory.path(of: "state")),
                ("HOME", directory.path),
            ] { setenv(name, value, 1) }
            let agent = try PlayedAgent()
            let credentials: [SNMPCredentials] = [
                .v2c(community: "public"), UserCase(authentication: .sha, privacy: .aes256).credentials(),
            ]
            for credentials in credentials {
                let target = SNMPTarget(
                    host: "127.0.0.1",
                    port: agent.port,
                    credentials: credentials,
                    timeout: .milliseconds(20),
                    retries: 0
                )
                let session = try await Fixture.engine().open(target)
                #expect(await code { try await session.get([Fixture.upTime]) } == .noAnswer)
            }
            #expect(rmdir(directory.path(of: "state")) == 0)
        }
    }
}
