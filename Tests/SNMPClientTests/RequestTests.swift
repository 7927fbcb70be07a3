import SNMPClient
import Synchronization
import TestSupport
import Testing

@Suite("Requests and sessions", .timeLimit(.minutes(10)))
struct RequestTests {
    private static let oid: OID = [1, 3, 6, 1, 4, 1, 99_999, 1, 0]

    private static func target(_ port: UInt16, timeout: Duration = .seconds(600), maxInFlight: Int = 8) -> SNMPTarget {
        SNMPTarget(
            host: "127.0.0.1",
            port: port,
            credentials: .v2c(community: "public"),
            timeout: timeout,
            retries: 0,
            maxInFlight: maxInFlight
        )
    }

    private static func answeringAgent() throws -> PlayedAgent {
        try PlayedAgent { datagram, number in
            guard let request = AgentRequest(datagram) else { return [] }
            return [PlayedAgent.Reply(bytes: request.response([(oid, Int32(number))]))]
        }
    }

    @Test("a cancelled task waits no longer", arguments: [true, false])
    func cancellation(_ isVersion3: Bool) async throws {
        let agent = try PlayedAgent()
        var target = Self.target(agent.port)
        if isVersion3 { target.credentials = .v3(V3User(name: "user")) }
        let session = try await Fixture.engine().open(target)
        let outcome = try await withThrowingTaskGroup(of: SNMPError.Code?.self) { group in
            group.addTask { await code { try await session.get([Self.oid]) } }
            await agent.hasReceived(1)
            group.cancelAll()
            return try await group.next() ?? nil
        }
        #expect(outcome == .cancelled)
    }

    @Test("a task cancelled before it asks sends nothing")
    func cancelledBefore() async throws {
        let agent = try Self.answeringAgent()
        let session = try await Fixture.engine().open(Self.target(agent.port))
        let outcome = await withTaskGroup(of: SNMPError.Code?.self) { group in
            group.cancelAll()
            group.addTask { await code { try await session.get([Self.oid]) } }
            return await group.next() ?? nil
        }
        #expect(outcome == .cancelled)
        _ = try await session.get([Self.oid])
        #expect(agent.datagrams.count == 1)
    }

    @Test("closing a session ends its requests, sent or waiting, and the next ones")
    func close() async throws {
        let agent = try PlayedAgent()
        let session = try await Fixture.engine().open(Self.target(agent.port, maxInFlight: 2))
        let outcomes = await withTaskGroup(of: SNMPError.Code?.self) { group in
            for _ in 0..<5 { group.addTask { await code { try await session.get([Self.oid]) } } }
            await agent.hasReceived(2)
            await session.close()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes == Array(repeating: .closed, count: 5))
        #expect(agent.datagrams.count == 2)
        await session.close()
        #expect(await code { try await session.get([Self.oid]) } == .closed)
    }

    @Test("closing the engine ends everything")
    func closeEngine() async throws {
        let agent = try PlayedAgent()
        let engine = Fixture.engine()
        let session = try await engine.open(Self.target(agent.port))
        let outcome = await withTaskGroup(of: SNMPError.Code?.self) { group in
            group.addTask { await code { try await session.get([Self.oid]) } }
            await agent.hasReceived(1)
            await engine.close()
            return await group.next() ?? nil
        }
        #expect(outcome == .closed)
        let error = await #expect(throws: SNMPError.self) { try await engine.open(Self.target(agent.port)) }
        #expect(error?.code == .closed)
    }

    @Test("a device is sent no more at once than it may be, and all in order")
    func inFlight() async throws {
        let held = Mutex<[AgentRequest]>([])
        let mostAtOnce = Mutex(0)
        // Answers the oldest request only when a second one is there, so that there are always two.
        let agent = try PlayedAgent { datagram, number in
            guard let request = AgentRequest(datagram) else { return [] }
            let oldest = held.withLock { held in
                held.append(request)
                mostAtOnce.withLock { $0 = max($0, held.count) }
                return held.count == 2 ? held.removeFirst() : nil
            }
            return oldest.map { [PlayedAgent.Reply(bytes: $0.response([(Self.oid, Int32(number))]))] } ?? []
        }
        let session = try await Fixture.engine().open(Self.target(agent.port, maxInFlight: 2))
        let answered = await withTaskGroup(of: SNMPError.Code?.self) { group in
            for _ in 0..<20 { group.addTask { await code { try await session.get([Self.oid]) } } }
            // The last one has no successor that would release it.
            var answered = 0
            while answered < 19, let outcome = await group.next() { answered += outcome == nil ? 1 : 0 }
            group.cancelAll()
            return answered
        }
        #expect(answered == 19)
        #expect(mostAtOnce.withLock { $0 } == 2)
    }

    @Test("a request has its own patience, also while a version 3 engine is asked who it is")
    func patience() async throws {
        let agent = try PlayedAgent()
        var target = Self.target(agent.port)
        target.credentials = .v3(V3User(name: "user"))
        let session = try await Fixture.engine().open(target)
        // One that would wait for nearly a minute asks first, others with less patience join it.
        let outcomes = await withTaskGroup(of: SNMPError.Code?.self) { group in
            group.addTask { await code { try await session.get([Self.oid]) } }
            await agent.hasReceived(1)
            for milliseconds in [20, 50, 100] {
                group.addTask {
                    await code { try await session.get([Self.oid], timeout: .milliseconds(milliseconds)) }
                }
            }
            var outcomes: [SNMPError.Code?] = []
            while outcomes.count < 3, let outcome = await group.next() { outcomes.append(outcome) }
            group.cancelAll()
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        #expect(outcomes == [.noAnswer, .noAnswer, .noAnswer, .cancelled])
        // And one with little asks first, and does not decide for the others.
        let second = try await Fixture.engine().open(target)
        let others = await withTaskGroup(of: SNMPError.Code?.self) { group in
            group.addTask { await code { try await second.get([Self.oid], timeout: .milliseconds(100)) } }
            await agent.hasReceived(2)
            group.addTask { await code { try await second.get([Self.oid]) } }
            let first = await group.next() ?? nil
            await agent.hasReceived(3)
            group.cancelAll()
            return [first, await group.next() ?? nil]
        }
        #expect(others == [.noAnswer, .cancelled])
    }

    @Test("requests beyond those that may wait are refused")
    func overload() async throws {
        let agent = try PlayedAgent()
        let session = try await Fixture.engine().open(Self.target(agent.port, maxInFlight: 1))
        let refused = await withTaskGroup(of: SNMPError.Code?.self) { group in
            for _ in 0..<(1 + 256 + 3) { group.addTask { await code { try await session.get([Self.oid]) } } }
            var refused: [SNMPError.Code?] = []
            while refused.count < 3, let outcome = await group.next() { refused.append(outcome) }
            await session.close()
            return refused
        }
        #expect(refused == Array(repeating: .overloaded, count: 3))
    }

    @Test("a thousand dead devices do not keep a live one waiting")
    func deadDevices() async throws {
        let silent = try PlayedAgent()
        let live = try Self.answeringAgent()
        let engine = Fixture.engine()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<1000 {
                let session = try await engine.open(Self.target(silent.port))
                group.addTask {
                    let outcome = await code { try await session.get([Self.oid]) }
                    // Long before their time-out.
                    #expect(outcome == .cancelled)
                }
            }
            await silent.hasReceived(500)
            let session = try await engine.open(Self.target(live.port))
            for _ in 0..<100 { _ = try await session.get([Self.oid]) }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test("sessions that nobody has any more, and engines, leave nothing open")
    func descriptors() async throws {
        let agent = try Self.answeringAgent()
        let before = OpenDescriptors.count
        for _ in 0..<500 {
            let engine = Fixture.engine()
            let session = try await engine.open(Self.target(agent.port))
            _ = try await session.get([Self.oid])
            if Bool.random() { await engine.close() }
        }
        // Other tests have some open at the same time, and close them again; what leaks is never closed.
        try await waitUntil { OpenDescriptors.count < before + 250 }
    }

    @Test("the limit of open files is raised to what the system allows")
    func openFiles() {
        let limit = OpenFileLimit.raise()
        #expect(limit >= 1024)
        #expect(OpenFileLimit.raise() == limit)
    }
}
