import LocalServices
import Power
import SNMPClient
import Synchronization
import TestSupport
import Testing

@testable import SNMPDriver

@Suite("An agent that is silent to what is too much for it", .timeLimit(.minutes(10)))
struct PickyAgentTests {
    private static let engine = SNMPEngine(logger: quietLogger)
    private static let model = "limits: { objects: 32 }"

    @Test(
        "is read in its first poll, and from the third on with as few requests as it takes",
        arguments: [
            (PickyAgent.Habit.takesAll, 24, 1), (.objects(4), 24, 7), (.objects(8), 24, 4), (.objects(16), 24, 2),
            (.octets(484), 24, 1), (.octets(484), 40, 2),
        ]
    )
    func limits(_ habit: PickyAgent.Habit, _ outlets: Int, _ requests: Int) async throws {
        let agent = try PickyAgent(habit, outlets: outlets)
        let driver = agent.driver(try sampleModel("limits: { objects: 64 }"), Self.engine)
        for _ in 0..<2 { #expect(try await driver.read().outlets.count == outlets) }
        let first = agent.takeRequests()
        #expect(first.silent <= 2, "\(first)")
        #expect(try await driver.read().outlets.count == outlets)
        let later = agent.takeRequests()
        // A trial of a little more may just be due.
        #expect(later.silent <= 1, "\(later)")
        #expect(later.counts.count - later.silent == requests, "\(later)")
        print("requests of a poll of \(outlets) outlets, \(habit): at first \(first.counts), then \(later.counts)")
    }

    @Test("and was away when the agent started is read with one request a poll when it is there")
    func deadAliveDead() async throws {
        let agent = try PickyAgent(.takesAll, isAlive: false)
        let driver = agent.driver(try sampleModel(Self.model), Self.engine)
        for _ in 0..<4 { await #expect(throws: DriverError.self) { try await driver.read() } }
        // Nothing is tried but the tries of the one small question.
        #expect(agent.takeRequests().counts == Array(repeating: 1, count: 12))
        agent.isAlive = true
        #expect(try await driver.read().outlets.count == 24)
        #expect(agent.takeRequests().counts == [1, 8, 16, 1])
        #expect(try await driver.read().outlets.count == 24)
        #expect(agent.takeRequests().counts == [25])
        agent.isAlive = false
        for _ in 0..<4 { await #expect(throws: DriverError.self) { try await driver.read() } }
        #expect(agent.takeRequests().counts == Array(repeating: [25, 25, 25, 1], count: 4).flatMap(\.self))
        agent.isAlive = true
        #expect(try await driver.read().outlets.count == 24)
        #expect(agent.takeRequests().counts == [25])
    }

    @Test("is not asked for the rest of a poll once something more urgent is to be sent")
    func givesWay() async throws {
        let agent = try PickyAgent(.objects(4))
        let driver = agent.driver(try sampleModel(Self.model), Self.engine)
        for _ in 0..<3 { _ = try await driver.read() }
        _ = agent.takeRequests()
        let asked = Mutex(0)
        await #expect(throws: DriverError.self) {
            try await driver.withSession { session async throws(DriverError) in
                _ = try await session.read(.everything) {
                    asked.withLock { asked in
                        asked += 1
                        return asked > 2
                    }
                }
            }
        }
        #expect(agent.takeRequests().counts == [4, 4])
        // The next one is read to its end.
        #expect(try await driver.read().outlets.count == 24)
    }

    @Test("with listed outlets and away at the start is no device that finds requests too large")
    func deadWithListedOutlets() async throws {
        let agent = try PickyAgent(.takesAll, isAlive: false)
        let driver = agent.driver(
            try sampleModel(Self.model, outlets: "configured"),
            Self.engine,
            outlets: Set(1...24)
        )
        for _ in 0..<5 { await #expect(throws: DriverError.self) { try await driver.read() } }
        #expect(agent.takeRequests().counts == Array(repeating: [8, 8, 1], count: 5).flatMap(\.self))
        agent.isAlive = true
        #expect(try await driver.read().outlets.count == 24)
        #expect(agent.takeRequests().counts == [8, 16, 1])
        #expect(try await driver.read().outlets.count == 24)
        #expect(agent.takeRequests().counts == [25])
    }

    @Test("within 50 ms of the last datagram is left in peace for as long, once that is known")
    func deaf() async throws {
        let agent = try PickyAgent(.deaf(.milliseconds(50)))
        let driver = agent.driver(try sampleModel("limits: { objects: 8 }"), Self.engine)
        for _ in 0..<20 { #expect(try await driver.read().outlets.count == 24) }
        _ = agent.takeRequests()
        for _ in 0..<4 { #expect(try await driver.read().outlets.count == 24) }
        let later = agent.takeRequests()
        print("requests of four polls, deaf for 50 ms: \(later.counts), lost \(later.silent)")
        // Without a rest every request but the first of a poll would be lost once: twelve.
        #expect(later.silent <= 3, "\(later)")
        #expect(later.counts.count <= 4 * 4 + 4, "\(later)")
    }

    @Test("in time, and answers each question late, is not asked for less because of it")
    func late() async throws {
        let agent = try PickyAgent(.late)
        let driver = agent.driver(try sampleModel(Self.model), Self.engine)
        for _ in 0..<2 { #expect(try await driver.read().outlets.count == 24) }
        _ = agent.takeRequests()
        #expect(try await driver.read().outlets.count == 24)
        #expect(agent.takeRequests().counts == [25, 25])
    }

    @Test("is walked in pages that it answers", arguments: [PickyAgent.Habit.objects(4), .objects(8), .takesAll])
    func walk(_ habit: PickyAgent.Habit) async throws {
        let agent = try PickyAgent(habit)
        let rows = "{ rows: { column: 1.3.6.1.4.1.9.3, index: [outlet] } }"
        let driver = agent.driver(try sampleModel(Self.model, outlets: rows), Self.engine)
        #expect(try await driver.read().outlets.count == 24)
        #expect(agent.takeRequests().silent <= 3)
    }

    @Test("because it has room for one datagram never finds a second one waiting")
    func oneAtATime() async throws {
        let agent = try OneDatagramAgent()
        let model = try sampleModel("limits: { objects: 4 }")
        let driver = SNMPDriver(
            settings: SNMPDriverSettings(
                name: "rack1",
                target: SNMPTarget(
                    host: "127.0.0.1",
                    port: agent.port,
                    credentials: .v2c(community: "public"),
                    timeout: .seconds(5),
                    retries: 0
                ),
                model: .known(model)
            ),
            engine: Self.engine,
            logger: quietLogger
        )
        for _ in 0..<3 { #expect(try await driver.read().outlets.count == 24) }
        #expect(agent.lost == 0)
        // The count, and in each poll 25 objects by 4.
        #expect(agent.answered == 1 + 3 * 7)
    }

    @Test("and encrypts is not taken for one with another passphrase")
    func version3() async throws {
        let password = "a long enough passphrase"
        let user = SNMPUser(
            name: "lab",
            authentication: .sha,
            authenticationPassphrase: password,
            privacy: .aes,
            privacyPassphrase: password
        )
        let daemon = try await SNMPDaemon.start(SNMPDaemonConfiguration(users: [user]))
        // An encrypted request for 8 objects is longer, one for 4 shorter.
        let relay = try SizedRelay(to: UInt16(clamping: daemon.port), limit: 300)
        let engine = SNMPEngine(logger: quietLogger)
        let secret = SNMPSecret(password)
        let driver = SNMPDriver(
            settings: SNMPDriverSettings(
                name: "rack1",
                target: SNMPTarget(
                    host: "127.0.0.1",
                    port: relay.agent.port,
                    credentials: .v3(
                        V3User(
                            name: "lab",
                            authentication: .init(.sha, passphrase: secret),
                            privacy: .init(.aes128, passphrase: secret)
                        )
                    ),
                    timeout: .milliseconds(500),
                    retries: 2
                ),
                model: .known(try sampleModel(Self.model, outlets: "configured")),
                outlets: Set((1...24).compactMap { OutletNumber($0) })
            ),
            engine: engine,
            logger: quietLogger
        )
        for _ in 0..<2 { _ = try await driver.read() }
        #expect(relay.dropped > 0, "nothing was too large: the limit of the test is not right")
        let before = relay.dropped
        _ = try await driver.read()
        #expect(relay.dropped == before)
        await engine.close()
        await daemon.stop()
    }
}
