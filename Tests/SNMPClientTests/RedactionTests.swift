import Testing

@testable import SNMPClient

@Suite("Secrets")
struct RedactionTests {
    private static let targets: [SNMPTarget] = [
        .init(host: "192.0.2.1", credentials: .v1(community: "not-to-be-seen")),
        .init(host: "192.0.2.1", credentials: .v2c(community: "x", writeCommunity: "not-to-be-seen")),
        .init(
            host: "192.0.2.1",
            credentials: .v3(
                V3User(
                    name: "user",
                    authentication: .init(.sha, passphrase: "not-to-be-seen"),
                    privacy: .init(.des, passphrase: "not-to-be-seen")
                )
            )
        ),
    ]

    @Test("are in no description and no dump", arguments: targets)
    func hidden(_ target: SNMPTarget) {
        var dumped = ""
        dump(target, to: &dumped)
        for text in ["\(target)", String(reflecting: target), "\(target.credentials)", dumped] {
            #expect(!text.contains("not-to-be-seen"))
        }
    }

    @Test("are in no error", arguments: targets)
    func errors(_ target: SNMPTarget) {
        let text = ErrorText(target: target)
        let silence = [true, false].map {
            text.silence(tries: 3, timeout: 1_000_000_000, heardNonsense: false, engineAnswered: $0)
        }
        let reports: [EngineReport] = [
            .unknownUser, .wrongDigest, .decryptionError, .unsupportedSecurityLevel, .notInTimeWindow, .unknownEngine,
            .other(nil),
        ]
        for error in silence + reports.map(text.refusal) + [text.closed, text.notSent(101), text.unknownHost("why")] {
            #expect(!error.message.contains("not-to-be-seen"))
            #expect(error.message.hasPrefix("192.0.2.1: "))
        }
    }

    @Test("the silence of versions 1 and 2c names a wrong community as a cause")
    func wrongCommunity() {
        let error = ErrorText(target: Self.targets[0])
            .silence(tries: 1, timeout: 1_000_000_000, heardNonsense: false, engineAnswered: false)
        #expect(error.code == .noAnswer)
        #expect(error.message.contains("community"))
    }
}
