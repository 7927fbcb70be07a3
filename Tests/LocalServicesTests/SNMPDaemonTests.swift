import LocalServices
import Testing

@Suite("A local snmpd", .timeLimit(.minutes(10)))
struct SNMPDaemonTests {
    private static let location = "1.3.6.1.2.1.1.6.0"
    private static let contact = "1.3.6.1.2.1.1.4.0"

    @Test("answers communities, and lets only one of them write", arguments: ["1", "2c"])
    func communities(version: String) async throws {
        let daemon = try await SNMPDaemon.start(
            SNMPDaemonConfiguration(readCommunity: "reader", writeCommunity: "writer")
        )
        let get = try await SNMPTool.run("snmpget", ["-v\(version)", "-c", "reader", daemon.address, Self.location])
        #expect(get.isSuccess, "\(get)")
        let set = ["-v\(version)", "-c", "writer", daemon.address, Self.contact, "s", "me"]
        #expect(try await SNMPTool.run("snmpset", set).isSuccess)
        let refused = ["-v\(version)", "-c", "reader", daemon.address, Self.contact, "s", "you"]
        #expect(try await !SNMPTool.run("snmpset", refused).isSuccess)
        await daemon.stop()
    }

    @Test("knows its users with every kind of authentication and encryption, also after a restart")
    func users() async throws {
        var users = [SNMPUser(name: "plain")]
        for authentication in SNMPUser.Authentication.allCases {
            users.append(
                SNMPUser(
                    name: "auth\(users.count)",
                    authentication: authentication,
                    authenticationPassphrase: "auth pass phrase"
                )
            )
            for privacy in SNMPUser.Privacy.allCases {
                users.append(
                    SNMPUser(
                        name: "priv\(users.count)",
                        authentication: authentication,
                        authenticationPassphrase: "auth pass phrase",
                        privacy: privacy,
                        privacyPassphrase: "priv pass phrase"
                    )
                )
            }
        }
        let daemon = try await SNMPDaemon.start(SNMPDaemonConfiguration(users: users))
        for user in users {
            let result = try await SNMPTool.run("snmpget", user.toolArguments + [daemon.address, Self.location])
            #expect(result.isSuccess, "\(user): \(result)")
        }
        try await daemon.restart()
        for user in users {
            let result = try await SNMPTool.run("snmpget", user.toolArguments + [daemon.address, Self.location])
            #expect(result.isSuccess, "\(user): \(result)")
        }
        await daemon.stop()
    }

    private struct Engine: Equatable {
        var id: String
        var boots: String
    }

    private func engine(_ daemon: SNMPDaemon, _ user: SNMPUser) async throws -> Engine {
        let request = user.toolArguments + ["-Oqv", daemon.address]
        let id = try await SNMPTool.run("snmpget", request + ["1.3.6.1.6.3.10.2.1.1.0"])
        let boots = try await SNMPTool.run("snmpget", request + ["1.3.6.1.6.3.10.2.1.2.0"])
        return Engine(id: id.output, boots: String(boots.output.dropLast()))
    }

    @Test("restarted keeps its engine and counts the boot, or is a new one when its data is deleted")
    func restarts() async throws {
        let user = SNMPUser(name: "lab", authentication: .sha, authenticationPassphrase: "auth pass phrase")
        let daemon = try await SNMPDaemon.start(SNMPDaemonConfiguration(users: [user]))
        let first = try await engine(daemon, user)
        #expect(first.boots == "1")
        try await daemon.restart()
        #expect(try await engine(daemon, user) == Engine(id: first.id, boots: "2"))
        await daemon.kill()
        try await daemon.start()
        #expect(try await engine(daemon, user) == Engine(id: first.id, boots: "3"))
        try await daemon.restart(.deleted)
        let replaced = try await engine(daemon, user)
        #expect(replaced.boots == "1" && replaced.id != first.id)
        await daemon.stop()
    }

    @Test("frozen keeps silent and answers again when thawed")
    func freezes() async throws {
        let daemon = try await SNMPDaemon.start(SNMPDaemonConfiguration(readCommunity: "public"))
        let request = ["-v2c", "-c", "public", "-t", "0.2", "-r", "0", daemon.address, Self.location]
        await daemon.freeze()
        #expect(try await !SNMPTool.run("snmpget", request).isSuccess)
        await daemon.thaw()
        #expect(try await SNMPTool.run("snmpget", ["-v2c", "-c", "public", daemon.address, Self.location]).isSuccess)
        await daemon.stop()
    }
}
