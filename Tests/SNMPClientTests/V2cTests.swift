import LocalServices
import SNMPClient
import Testing

@Suite("Versions 1 and 2c with a real snmpd", .timeLimit(.minutes(10)))
struct V2cTests {
    private static let integer: OID = [1, 3, 6, 1, 4, 1, 99_999, 1, 0]
    private static let text: OID = [1, 3, 6, 1, 4, 1, 99_999, 2, 0]
    private static let fixed: OID = [1, 3, 6, 1, 4, 1, 99_999, 3, 0]
    private static let missing: OID = [1, 3, 6, 1, 4, 1, 99_999, 9, 0]
    private static let missingInstance = Fixture.description.appending(1)

    private static let configuration = SNMPDaemonConfiguration(
        readCommunity: "look",
        writeCommunity: "touch",
        additionalLines: [
            "override -rw .\(integer) integer 5",
            "override -rw .\(text) octet_str \"five\"",
            "override .\(fixed) integer 7",
        ]
    )

    private static let both: [SNMPCredentials] = [
        .v1(community: "look", writeCommunity: "touch"), .v2c(community: "look", writeCommunity: "touch"),
    ]

    @Test("objects are read with one community and written with the other", arguments: both)
    func readAndWrite(_ credentials: SNMPCredentials) async throws {
        let daemon = try await SNMPDaemon.start(Self.configuration)
        let session = try await Fixture.engine().open(Fixture.target(daemon, credentials))
        #expect(try await session.get([Self.integer]) == [VarBind(Self.integer, .integer(5))])
        let written = [VarBind(Self.integer, .integer(-6)), VarBind(Self.text, .octets([0, 255, 10]))]
        #expect(try await session.set(written) == written)
        #expect(try await session.get([Self.integer, Self.text]) == written)
        await daemon.stop()
    }

    @Test("what the device lacks is an error in version 1 and a value in version 2c")
    func missingObjects() async throws {
        let daemon = try await SNMPDaemon.start(Self.configuration)
        let engine = Fixture.engine()
        let v1 = try await engine.open(Fixture.target(daemon, Self.both[0]))
        let error = await #expect(throws: SNMPError.self) { try await v1.get([Self.integer, Self.missing]) }
        #expect(error?.code == .noSuchObject)
        #expect(error?.oid == Self.missing)
        let v2c = try await engine.open(Fixture.target(daemon, Self.both[1]))
        let values = try await v2c.get([Self.missing, Self.integer, Self.missingInstance])
        #expect(values.map(\.value.isPresent) == [false, true, false])
        #expect(values[2].value == .noSuchInstance)
        await daemon.stop()
    }

    @Test("refused writes say why", arguments: both)
    func refusedWrites(_ credentials: SNMPCredentials) async throws {
        let daemon = try await SNMPDaemon.start(Self.configuration)
        let engine = Fixture.engine()
        let isV1 = credentials == Self.both[0]
        let session = try await engine.open(Fixture.target(daemon, credentials))
        let wrongType = [VarBind(Self.integer, .octets([1]))]
        #expect(await code { try await session.set(wrongType) } == .wrongTypeOrValue)
        let readOnly = [VarBind(Fixture.upTime, .timeTicks(1))]
        #expect(await code { try await session.set(readOnly) } == (isV1 ? .noSuchObject : .notWritable))

        let reader: SNMPCredentials = isV1 ? .v1(community: "look") : .v2c(community: "look")
        let readOnlySession = try await engine.open(Fixture.target(daemon, reader))
        let right = [VarBind(Self.integer, .integer(1))]
        #expect(await code { try await readOnlySession.set(right) } == (isV1 ? .noSuchObject : .notWritable))
        #expect(try await session.get([Self.integer])[0].value == .integer(5))
        await daemon.stop()
    }

    @Test("a subtree is walked to its end, in whatever steps", arguments: both, [1, 3, 50])
    func walk(_ credentials: SNMPCredentials, _ repetitions: Int) async throws {
        let daemon = try await SNMPDaemon.start(Self.configuration)
        var target = Fixture.target(daemon, credentials)
        target.maxRepetitions = repetitions
        let session = try await Fixture.engine().open(target)
        let found = try await session.walk(Fixture.system)
        #expect(found.count > 7)
        #expect(found.first?.oid == Fixture.description)
        #expect(found.allSatisfy { $0.oid.starts(with: Fixture.system) })
        #expect(found.map(\.oid) == found.map(\.oid).sorted())
        #expect(try await session.walk(Self.integer) == [])
        #expect(try await session.walk([2, 39]) == [])
        let count = found.count
        #expect(try await session.walk(Fixture.system, limit: count).count == count)
        #expect(await code { try await session.walk(Fixture.system, limit: count - 1) } == .tooBig)
        await daemon.stop()
    }

    @Test("successors are read one by one and many at once")
    func successors() async throws {
        let daemon = try await SNMPDaemon.start(Self.configuration)
        let session = try await Fixture.engine().open(Fixture.target(daemon, Self.both[1]))
        let next = try await session.getNext([Fixture.system, Fixture.description])
        #expect(next[0].oid == Fixture.description)
        #expect(next[1].oid == [1, 3, 6, 1, 2, 1, 1, 2, 0])
        let bulk = try await session.getBulk([Fixture.system, Fixture.system], nonRepeaters: 1, maxRepetitions: 3)
        #expect(bulk.count == 4)
        #expect(try await session.getNext([[2, 39]])[0].value == .endOfMIBView)
        await daemon.stop()
    }

    @Test("a wrong community ends as silence that names it", arguments: both)
    func wrongCommunity(_ credentials: SNMPCredentials) async throws {
        let daemon = try await SNMPDaemon.start(Self.configuration)
        let wrong: SNMPCredentials = credentials == Self.both[0] ? .v1(community: "no") : .v2c(community: "no")
        let target = Fixture.target(daemon, wrong, timeout: .milliseconds(50), retries: 0)
        let session = try await Fixture.engine().open(target)
        let error = await #expect(throws: SNMPError.self) { try await session.get([Self.integer]) }
        #expect(error?.code == .noAnswer)
        #expect(error?.message.contains("community") == true)
        await daemon.stop()
    }

    @Test("a device that was dead answers when it is back")
    func deadAndBack() async throws {
        let daemon = try await SNMPDaemon.start(Self.configuration)
        let engine = Fixture.engine()
        let session = try await engine.open(Fixture.target(daemon, Self.both[1]))
        _ = try await session.get([Self.integer])
        await daemon.kill()
        let gone = await code { try await session.get([Self.integer], retries: 1, timeout: .milliseconds(50)) }
        #expect(gone == .noAnswer)
        try await daemon.start()
        #expect(try await session.get([Self.integer]).count == 1)
        await daemon.freeze()
        let frozen = await code { try await session.get([Self.integer], retries: 1, timeout: .milliseconds(50)) }
        #expect(frozen == .noAnswer)
        await daemon.thaw()
        #expect(try await session.get([Self.integer]).count == 1)
        await daemon.stop()
    }

    @Test("a host is found by its name, and one that does not exist is called unknown")
    func names() async throws {
        let daemon = try await SNMPDaemon.start(Self.configuration)
        let engine = Fixture.engine()
        var target = Fixture.target(daemon, Self.both[1])
        target.host = "localhost"
        let session = try await engine.open(target)
        // A system may name ::1 first, where this snmpd does not listen.
        _ = await code { try await session.get([Self.integer], retries: 0, timeout: .milliseconds(100)) }
        target.host = "no-such-host.invalid"
        let unknown = target
        let error = await #expect(throws: SNMPError.self) { try await engine.open(unknown) }
        #expect(error?.code == .unknownHost)
        await daemon.stop()
    }

    @Test("a device with an IPv6 address is asked there")
    func ipv6() async throws {
        let port = try FreePort.udp()
        let daemon = try await SNMPDaemon.start(
            .init(
                port: port,
                readCommunity: "look",
                additionalLines: ["agentaddress udp6:[::1]:\(port)", "rocommunity6 look"]
            )
        )
        var target = Fixture.target(daemon, .v2c(community: "look"))
        target.host = "::1"
        let session = try await Fixture.engine().open(target)
        #expect(try await session.get([Fixture.upTime]).count == 1)
        await daemon.stop()
    }
}
