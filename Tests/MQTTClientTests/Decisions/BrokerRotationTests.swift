import TestSupport
import Testing

@testable import MQTTClient

@Suite("Which broker is tried when")
struct BrokerRotationTests {
    private let start = ContinuousClock.now
    private let refused = MQTTError(.connectionRefused, "nobody there")

    private func rotation(_ count: Int = 1, _ choice: ProtocolChoice = .auto) throws -> BrokerRotation {
        BrokerRotation(brokers: try (1...count).map { try BrokerAddress("mqtt://b\($0)") }, choice: choice)
    }

    private func attempt(_ step: BrokerRotation.Step) throws -> ConnectionAttempt {
        guard case .attempt(let attempt) = step else { throw MQTTError(.system, "told to wait") }
        return attempt
    }

    private func wait(_ step: BrokerRotation.Step, from now: ContinuousClock.Instant) throws -> Duration {
        guard case .wait(let instant) = step else { throw MQTTError(.system, "told to try") }
        return instant - now
    }

    @Test("All brokers are tried before the first one is again, and then only after a wait")
    func inTurn() throws {
        var random = SeededRandom()
        var rotation = try rotation(3)
        for host in ["b1", "b2", "b3"] {
            #expect(try attempt(rotation.next(now: start)).broker.host == host)
            rotation.failed(refused, now: start, using: &random)
        }
        let delay = try wait(rotation.next(now: start), from: start)
        #expect((Duration.milliseconds(100)...Duration.milliseconds(200)).contains(delay))
        #expect((try? attempt(rotation.next(now: start + delay))) != nil)
    }

    @Test(
        "A broker at which somebody has to change something is left alone for 30 s, the others are not",
        arguments: [MQTTError.Code.badCredentials, .identifierRefused, .tls, .invalidConfiguration]
    )
    func attention(code: MQTTError.Code) throws {
        var random = SeededRandom()
        var rotation = try rotation(2)
        _ = rotation.next(now: start)
        rotation.failed(MQTTError(code, ""), now: start, using: &random)
        var now = start
        while now < start + .seconds(29) {
            switch rotation.next(now: now) {
            case .wait(let instant): now = instant
            case .attempt(let attempt):
                #expect(attempt.broker.host == "b2")
                rotation.failed(refused, now: now, using: &random)
            }
        }
        #expect(try attempt(rotation.next(now: start + .seconds(61))).broker.host == "b1")
    }

    @Test(
        "A refusal of MQTT 5 is followed at once by 3.1.1, and its failure by MQTT 5 after a wait",
        arguments: [MQTTError.Code.protocolRefused, .closedBeforeAnswer]
    )
    func fallsBack(code: MQTTError.Code) throws {
        var random = SeededRandom()
        var rotation = try rotation()
        #expect(try attempt(rotation.next(now: start)).version == .v5)
        rotation.failed(MQTTError(code, ""), now: start, using: &random)
        #expect(try attempt(rotation.next(now: start)).version == .v311)
        rotation.failed(MQTTError(code, ""), now: start, using: &random)
        let delay = try wait(rotation.next(now: start), from: start)
        #expect(try attempt(rotation.next(now: start + delay)).version == .v5)
    }

    @Test(
        "With a fixed version there is no other",
        arguments: [(ProtocolChoice.v5, ProtocolVersion.v5), (.v311, .v311)]
    )
    func fixed(choice: ProtocolChoice, version: ProtocolVersion) throws {
        var random = SeededRandom()
        var rotation = try rotation(1, choice)
        _ = rotation.next(now: start)
        rotation.failed(MQTTError(.protocolRefused, ""), now: start, using: &random)
        #expect(try wait(rotation.next(now: start), from: start) == .seconds(30))
        #expect(try attempt(rotation.next(now: start + .seconds(30))).version == version)
    }

    @Test("A broker that was lost is tried first, after a short wait, with MQTT 5 again")
    func lost() throws {
        var random = SeededRandom()
        var rotation = try rotation(2)
        _ = rotation.next(now: start)
        rotation.failed(refused, now: start, using: &random)
        _ = rotation.next(now: start)
        rotation.failed(MQTTError(.protocolRefused, ""), now: start, using: &random)
        #expect(try attempt(rotation.next(now: start)).version == .v311)
        let now = start + .seconds(100)
        rotation.lost(after: .seconds(100), now: now, using: &random)
        let next = try attempt(rotation.next(now: now + .milliseconds(200)))
        #expect(next.broker.host == "b2")
        #expect(next.version == .v5)
    }

    @Test("Waits keep growing while connections are lost soon, and start again after one that lasted")
    func flapping() throws {
        var random = SeededRandom()
        var rotation = try rotation()
        var now = start
        for _ in 0..<12 {
            _ = try attempt(rotation.next(now: now))
            rotation.lost(after: .seconds(1), now: now, using: &random)
            now += try wait(rotation.next(now: now), from: now)
        }
        _ = rotation.next(now: now)
        rotation.lost(after: .seconds(1), now: now, using: &random)
        #expect(try wait(rotation.next(now: now), from: now) >= .seconds(15))
        now += .seconds(30)
        _ = rotation.next(now: now)
        rotation.lost(after: .seconds(61), now: now, using: &random)
        #expect(try wait(rotation.next(now: now), from: now) <= .milliseconds(200))
    }
}
