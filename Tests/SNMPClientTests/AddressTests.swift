import Synchronization
import TestSupport
import Testing

@testable import HostNames
@testable import SNMPClient

@Suite("A device whose name has several addresses", .timeLimit(.minutes(10)))
struct AddressTests {
    private static let oid: OID = [1, 3, 6, 1, 4, 1, 99_999, 1, 0]

    private func session(_ addresses: [String], _ port: UInt16) async throws -> SNMPSession {
        let engine = SNMPEngine(logger: Fixture.quiet, names: HostNames { _ in .success(addresses) })
        return try await engine.open(
            SNMPTarget(
                host: "rack1.example",
                port: port,
                credentials: .v2c(community: "public"),
                timeout: .seconds(20),
                retries: 0
            )
        )
    }

    @Test(
        "is found at the one that answers, within the first try, and asked there only from then on",
        arguments: [
            ["127.0.0.9", "127.0.0.1"], ["::1", "127.0.0.1"], ["2001:db8::1", "127.0.0.9", "127.0.0.1"], ["127.0.0.1"],
        ]
    )
    func finds(_ addresses: [String]) async throws {
        let agent = try PlayedAgent { datagram, _ in
            guard let request = AgentRequest(datagram) else { return [] }
            return [PlayedAgent.Reply(bytes: request.response([(Self.oid, 1)]))]
        }
        let session = try await session(addresses, agent.port)
        for _ in 0..<3 { #expect(try await session.get([Self.oid])[0].value == .integer(1)) }
        #expect(agent.datagrams.count == 3)
    }

    @Test("is written to at one address only, where none has answered yet")
    func writesOnce() async throws {
        let agent = try PlayedAgent()
        let engine = SNMPEngine(logger: Fixture.quiet, names: HostNames { _ in .success(["127.0.0.1", "127.0.0.9"]) })
        let session = try await engine.open(
            SNMPTarget(
                host: "rack1.example",
                port: agent.port,
                credentials: .v2c(community: "public"),
                timeout: .milliseconds(600),
                retries: 0
            )
        )
        #expect(await code { try await session.set([VarBind(Self.oid, .integer(3))]) } == .noAnswer)
        #expect(agent.datagrams.count == 1)
    }

    @Test("that does not resolve says so")
    func unknown() async throws {
        let names = HostNames { _ in .failure(HostNames.Failure(code: -2, message: "Name or service not known")) }
        let engine = SNMPEngine(logger: Fixture.quiet, names: names)
        let error = await #expect(throws: SNMPError.self) {
            try await engine.open(SNMPTarget(host: "nowhere.example", credentials: .v2c(community: "public")))
        }
        #expect(error?.code == .unknownHost)
        #expect(error?.message.contains("Name or service not known") == true)
    }
}
