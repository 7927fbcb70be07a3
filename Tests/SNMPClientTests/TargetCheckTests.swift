import SNMPClient
import TestSupport
import Testing

@Suite("Targets and requests that cannot be")
struct TargetCheckTests {
    private static func v3(_ user: V3User) -> SNMPTarget { SNMPTarget(host: "127.0.0.1", credentials: .v3(user)) }

    private static let long = String(repeating: "x", count: 256)

    static let badTargets: [SNMPTarget] = [
        SNMPTarget(host: "", credentials: .v1(community: "x")),
        SNMPTarget(host: "127.0.0.1", port: 0, credentials: .v1(community: "x")),
        SNMPTarget(host: "127.0.0.1", credentials: .v1(community: "x"), timeout: .milliseconds(19)),
        SNMPTarget(host: "127.0.0.1", credentials: .v1(community: "x"), timeout: .seconds(-1)),
        SNMPTarget(host: "127.0.0.1", credentials: .v1(community: "x"), retries: -1),
        SNMPTarget(host: "127.0.0.1", credentials: .v1(community: "x"), retries: 21),
        SNMPTarget(host: "127.0.0.1", credentials: .v1(community: "x"), maxRepetitions: 0),
        SNMPTarget(host: "127.0.0.1", credentials: .v1(community: "x"), maxInFlight: 0),
        SNMPTarget(host: "127.0.0.1", credentials: .v2c(community: SNMPSecret(long))),
        SNMPTarget(host: "127.0.0.1", credentials: .v2c(community: "x", writeCommunity: SNMPSecret(long))),
        v3(V3User(name: "")),
        v3(V3User(name: "a\0b")),
        v3(V3User(name: String(long.prefix(33)))),
        v3(V3User(name: "x", contextName: String(long.prefix(33)))),
        v3(V3User(name: "x", authentication: .init(.sha, passphrase: "7 bytes"))),
        v3(
            V3User(
                name: "x",
                authentication: .init(.sha, passphrase: "eight by"),
                privacy: .init(.des, passphrase: "7 bytes")
            )
        ),
    ]

    @Test("a target with impossible values is not opened", arguments: badTargets)
    func targets(_ target: SNMPTarget) async {
        let engine = Fixture.engine()
        let error = await #expect(throws: SNMPError.self) { try await engine.open(target) }
        #expect(error?.code == .invalidArgument)
    }

    @Test("a request that cannot be made is not sent", .timeLimit(.minutes(10)))
    func requests() async throws {
        let agent = try PlayedAgent()
        let engine = Fixture.engine()
        let v1 = try await engine.open(.init(host: "127.0.0.1", port: agent.port, credentials: .v1(community: "x")))
        let v2c = try await engine.open(.init(host: "127.0.0.1", port: agent.port, credentials: .v2c(community: "x")))
        let oid = Fixture.contact
        let requests: [() async throws -> [VarBind]] = [
            { try await v2c.get([]) },
            { try await v2c.get([[1]]) },
            { try await v2c.get([[3, 1]]) },
            { try await v2c.get(Array(repeating: oid, count: 1001)) },
            { try await v2c.get([oid], retries: -1) },
            { try await v2c.get([oid], timeout: .zero) },
            { try await v2c.getBulk([oid], maxRepetitions: 0) },
            { try await v2c.getBulk([oid], nonRepeaters: -1) },
            { try await v1.getBulk([oid]) },
            { try await v2c.walk(oid, limit: 0) },
            { try await v2c.set([VarBind(oid, .noSuchObject)]) },
            { try await v2c.set([VarBind(oid, .ipAddress([1, 2, 3]))]) },
            { try await v2c.set([VarBind(oid, .objectIdentifier([9]))]) },
            { try await v1.set([VarBind(oid, .counter64(1))]) },
            {
                try await v2c.set([VarBind(oid, .octets(Array(repeating: 0, count: 65_507)))])
            },
        ]
        for (number, request) in requests.enumerated() {
            #expect(await code(of: request) == .invalidArgument, "request \(number)")
        }
        #expect(agent.datagrams.isEmpty)
    }
}
