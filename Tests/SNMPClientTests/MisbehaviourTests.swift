import SNMPClient
import Synchronization
import TestSupport
import Testing

@Suite("Devices and others that misbehave", .timeLimit(.minutes(10)))
struct MisbehaviourTests {
    private static let oid: OID = [1, 3, 6, 1, 4, 1, 99_999, 1, 0]

    private func session(
        _ agent: PlayedAgent,
        version1: Bool = false,
        timeout: Duration = .seconds(10),
        retries: Int = 0
    ) async throws -> SNMPSession {
        let target = SNMPTarget(
            host: "127.0.0.1",
            port: agent.port,
            credentials: version1 ? .v1(community: "public") : .v2c(community: "public"),
            timeout: timeout,
            retries: retries
        )
        return try await Fixture.engine().open(target)
    }

    @Test("what is no answer completes nothing, and the answer behind it does")
    func garbage() async throws {
        let agent = try PlayedAgent { datagram, _ in
            guard let request = AgentRequest(datagram) else { return [] }
            let right = request.response([(Self.oid, 1)])
            var generator = SystemRandomNumberGenerator()
            let noise = (0..<50).map { _ in
                (0..<Int.random(in: 0...300, using: &generator)).map { _ in UInt8.random(in: 0...255) }
            }
            let cut = (0..<right.count).map { Array(right.prefix($0)) }
            let otherNumber = request.response([(Self.oid, 2)], requestID: request.requestID &+ 1)
            // The request itself, mirrored, and one of another version.
            var otherVersion = right
            otherVersion[6] ^= 1
            let junk = noise + cut + [otherNumber, datagram, otherVersion]
            return (junk + [right]).map { PlayedAgent.Reply(bytes: $0) }
        }
        let session = try await session(agent)
        #expect(try await session.get([Self.oid])[0].value == .integer(1))
        #expect(try await session.get([Self.oid])[0].value == .integer(1))
    }

    @Test("a device that only sends what cannot be read is told apart from a silent one")
    func unreadable() async throws {
        let agent = try PlayedAgent { datagram, _ in
            guard let request = AgentRequest(datagram) else { return [] }
            let broken = request.response([[0x30, 0x03, 0x06, 0x7F, 0x01]])
            return [PlayedAgent.Reply(bytes: broken)]
        }
        let session = try await session(agent, timeout: .milliseconds(50), retries: 20)
        #expect(await code { try await session.get([Self.oid]) } == .badReply)
    }

    @Test("an answer from another host is ignored")
    func foreignSource() async throws {
        let agent = try PlayedAgent { datagram, _ in
            guard let request = AgentRequest(datagram) else { return [] }
            return [
                PlayedAgent.Reply(bytes: request.response([(Self.oid, 666)]), isForeign: true),
                PlayedAgent.Reply(bytes: request.response([(Self.oid, 1)])),
            ]
        }
        #expect(try await session(agent).get([Self.oid])[0].value == .integer(1))
    }

    @Test("a late answer to an early try counts, and no second one does")
    func lateAnswer() async throws {
        let held = Mutex<[UInt8]>([])
        let agent = try PlayedAgent { datagram, number in
            guard let request = AgentRequest(datagram) else { return [] }
            let response = request.response([(Self.oid, Int32(number))])
            if number == 0 {
                held.withLock { $0 = response }
                return []
            }
            // The first try's answer, late, then this one's own.
            return [PlayedAgent.Reply(bytes: held.withLock { $0 }), PlayedAgent.Reply(bytes: response)]
        }
        let session = try await session(agent, timeout: .milliseconds(100), retries: 20)
        #expect(try await session.get([Self.oid])[0].value == .integer(0))
        let numbers = agent.datagrams.compactMap { AgentRequest($0)?.requestID }
        #expect(Set(numbers).count == 1)
    }

    @Test("a request without retries is sent once", arguments: [true, false])
    func once(_ isWrite: Bool) async throws {
        let agent = try PlayedAgent()
        let session = try await session(agent, timeout: .milliseconds(50), retries: 3)
        let reboot = [VarBind(Self.oid, .integer(3))]
        let ended = await code {
            isWrite ? try await session.set(reboot, retries: 0) : try await session.get([Self.oid], retries: 0)
        }
        #expect(ended == .noAnswer)
        #expect(agent.datagrams.count == 1)
        #expect(await code { try await session.get([Self.oid]) } == .noAnswer)
        #expect(agent.datagrams.count == 5)
    }

    @Test("a walk in circles ends with an error", arguments: [true, false])
    func circle(_ isVersion1: Bool) async throws {
        let agent = try PlayedAgent { datagram, number in
            guard let request = AgentRequest(datagram) else { return [] }
            let oid = Self.oid.appending(UInt32(number % 2) + 1)
            return [PlayedAgent.Reply(bytes: request.response([(oid, 1)]))]
        }
        let session = try await session(agent, version1: isVersion1)
        #expect(await code { try await session.walk(Self.oid) } == .badReply)
        #expect(agent.datagrams.count == 3)
    }

    @Test("a device that cannot send so much at once is asked for less")
    func tooBig() async throws {
        let agent = try PlayedAgent { datagram, number in
            guard let request = AgentRequest(datagram) else { return [] }
            if number < 3 { return [PlayedAgent.Reply(bytes: request.response([], errorStatus: 1))] }
            return [PlayedAgent.Reply(bytes: request.response([([1, 3, 7], 1)]))]
        }
        #expect(try await session(agent).walk(Self.oid) == [])
        #expect(agent.datagrams.count == 4)
    }

    @Test("an answer about other objects is refused")
    func otherObject() async throws {
        let agent = try PlayedAgent { datagram, _ in
            guard let request = AgentRequest(datagram) else { return [] }
            return [PlayedAgent.Reply(bytes: request.response([(Self.oid.appending(1), 1)]))]
        }
        let session = try await session(agent)
        #expect(await code { try await session.get([Self.oid]) } == .badReply)
    }

    @Test("every type of value arrives as it is, and unknown ones do no harm")
    func values() async throws {
        let types: [([UInt8], SNMPValue)] = [
            ([0x02, 0x01, 0xFF], .integer(-1)),
            ([0x02, 0x04, 0x80, 0, 0, 0], .integer(.min)),
            ([0x42, 0x05, 0, 0xFF, 0xFF, 0xFF, 0xFF], .unsigned(.max)),
            ([0x41, 0x01, 0x07], .counter32(7)),
            ([0x43, 0x01, 0x07], .timeTicks(7)),
            ([0x46, 0x09, 0] + Array(repeating: 0xFF, count: 8), .counter64(.max)),
            ([0x04, 0x00], .octets([])),
            ([0x04, 0x03, 1, 2, 3], .octets([1, 2, 3])),
            ([0x06, 0x03, 0x2B, 0x06, 0x01], .objectIdentifier([1, 3, 6, 1])),
            ([0x40, 0x04, 192, 0, 2, 1], .ipAddress([192, 0, 2, 1])),
            ([0x44, 0x07, 0x9F, 0x78, 0x04, 0x3F, 0xC0, 0, 0], .opaqueFloat(1.5)),
            ([0x44, 0x02, 0xAA, 0xBB], .other(type: 0x44, bytes: [0xAA, 0xBB])),
            ([0x05, 0x00], .null),
            ([0x80, 0x00], .noSuchObject),
            ([0x81, 0x00], .noSuchInstance),
            ([0x82, 0x00], .endOfMIBView),
        ]
        let agent = try PlayedAgent { datagram, _ in
            guard let request = AgentRequest(datagram) else { return [] }
            let varBinds = types.map { BER.sequence(BER.objectIdentifier(Self.oid), $0.0) }
            return [PlayedAgent.Reply(bytes: request.response(varBinds))]
        }
        let session = try await session(agent)
        let values = try await session.get(Array(repeating: Self.oid, count: types.count))
        #expect(values.map(\.value) == types.map(\.1))
    }
}
