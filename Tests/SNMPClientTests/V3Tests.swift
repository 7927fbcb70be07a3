import LocalServices
import SNMPClient
import Testing

@Suite("Version 3 with a real snmpd", .timeLimit(.minutes(10)))
struct V3Tests {
    @Test("every authentication and privacy protocol reads and writes")
    func protocols() async throws {
        let daemon = try await SNMPDaemon.start(.init(users: UserCase.all.map(\.onTheDevice)))
        let engine = Fixture.engine()
        #expect(UserCase.all.count == 31)
        for user in UserCase.all {
            let session = try await engine.open(Fixture.target(daemon, user.credentials()))
            let written = VarBind(Fixture.contact, .octets(Array(user.name.utf8)))
            try await session.set([written])
            let read = try await session.get([Fixture.contact])
            #expect(read == [written])
            await session.close()
        }
        await daemon.stop()
    }

    static let user = UserCase(authentication: .sha256, privacy: .aes128)

    @Test("wrong credentials are told apart")
    func wrongCredentials() async throws {
        let daemon = try await SNMPDaemon.start(.init(users: UserCase.all.map(\.onTheDevice)))
        let engine = Fixture.engine()
        let noPrivacy = UserCase(authentication: .sha256, privacy: nil)
        let cases: [(SNMPCredentials, SNMPError.Code)] = [
            (Self.user.credentials(name: "nobody"), .unknownUser),
            (Self.user.credentials(authenticationPassphrase: "not the right one"), .wrongPassphrase),
            (Self.user.credentials(privacyPassphrase: "not the right one"), .privacySilence),
            (UserCase(authentication: .sha512, privacy: nil).credentials(name: noPrivacy.name), .wrongPassphrase),
            (
                UserCase(authentication: .sha256, privacy: .des).credentials(name: noPrivacy.name),
                .unsupportedSecurityLevel
            ),
            (noPrivacy.credentials(name: Self.user.name), .authorizationError),
        ]
        for (credentials, expected) in cases {
            // Only silence is waited for to its end.
            let patience = expected == .privacySilence ? Duration.seconds(1) : .seconds(10)
            let target = Fixture.target(daemon, credentials, timeout: patience, retries: 1)
            let session = try await engine.open(target)
            let found = await code { try await session.get([Fixture.upTime]) }
            #expect(found == expected)
        }
        await daemon.stop()
    }

    @Test("a wrong passphrase does not spoil a right one, nor a right one a wrong one")
    func passphrasesAreTheSessions() async throws {
        let daemon = try await SNMPDaemon.start(.init(users: [Self.user.onTheDevice]))
        let engine = Fixture.engine()
        let wrong = Self.user.credentials(authenticationPassphrase: "not the right one")
        for credentials in [wrong, Self.user.credentials(), wrong, Self.user.credentials()] {
            let session = try await engine.open(Fixture.target(daemon, credentials))
            let found = await code { try await session.get([Fixture.upTime]) }
            #expect(found == (credentials == wrong ? .wrongPassphrase : nil))
        }
        await daemon.stop()
    }

    @Test(
        "a restarted device answers the next request",
        arguments: [SNMPDaemon.StoredData.kept, .deleted, .bootsForgotten],
        [UserCase(authentication: nil, privacy: nil), UserCase(authentication: .sha, privacy: nil), user]
    )
    func restart(_ data: SNMPDaemon.StoredData, _ user: UserCase) async throws {
        let daemon = try await SNMPDaemon.start(.init(users: [user.onTheDevice]))
        // Some boots, so that they can go back.
        try await daemon.restart()
        try await daemon.restart()
        let session = try await Fixture.engine().open(Fixture.target(daemon, user.credentials(), retries: 0))
        _ = try await session.get([Fixture.upTime])
        try await daemon.restart(data)
        let values = try await session.get([Fixture.upTime])
        #expect(values.count == 1)
        await daemon.stop()
    }

    @Test("a device that is silent for a while is away, and answers when it is back")
    func silence() async throws {
        let daemon = try await SNMPDaemon.start(.init(users: [Self.user.onTheDevice]))
        let session = try await Fixture.engine().open(Fixture.target(daemon, Self.user.credentials()))
        _ = try await session.get([Fixture.upTime])
        await daemon.freeze()
        for _ in 0..<2 {
            let outcome = await code {
                try await session.get([Fixture.upTime], retries: 0, timeout: .milliseconds(50))
            }
            #expect(outcome == .noAnswer)
        }
        await daemon.thaw()
        _ = try await session.get([Fixture.upTime])
        await daemon.stop()
    }

    @Test("requests under way at once all wait for the engine, and for the one that replaces it")
    func manyAtOnce() async throws {
        let daemon = try await SNMPDaemon.start(.init(users: [Self.user.onTheDevice]))
        let session = try await Fixture.engine().open(Fixture.target(daemon, Self.user.credentials()))
        for _ in 0..<2 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<30 { group.addTask { _ = try await session.get([Fixture.upTime]) } }
                try await group.waitForAll()
            }
            try await daemon.restart(.deleted)
        }
        await daemon.stop()
    }

    @Test("long encrypted answers are read")
    func longAnswer() async throws {
        let daemon = try await SNMPDaemon.start(.init(users: [Self.user.onTheDevice]))
        let session = try await Fixture.engine().open(Fixture.target(daemon, Self.user.credentials()))
        let values = try await session.getBulk([[1, 3, 6]], maxRepetitions: 100)
        #expect(values.count == 100)
        #expect(try await session.walk(Fixture.system).count > 7)
        await daemon.stop()
    }
}
