import SNMPClient
import TestSupport
import Testing

@testable import Discovery

/// SNMP agents that answer what no agent should: looking at them has to end, and must find nothing that is not there.
@Suite("Probing an agent that answers strangely", .timeLimit(.minutes(10)))
struct StrangeDeviceTests {
    @Test(
        "ends, finds no outlets that are not there, and says what was tried",
        arguments: StrangeHabit.allCases,
        ["1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.13742.6", "1.3.6.1.4.1.1718.3"]
    )
    func ends(_ habit: StrangeHabit, _ sysObjectID: String) async throws {
        let identity = try #require(OID(sysObjectID))
        let agent = try PlayedAgent { datagram, _ in
            guard let request = AgentRequest(datagram) else { return [] }
            return [PlayedAgent.Reply(bytes: habit.answer(to: request, sysObjectID: identity))]
        }
        try await Bench.use { bench in
            for version in [SNMPCredentials.v2c(community: "public"), .v1(community: "public")] {
                let access = ProbeAccess(
                    snmp: [version],
                    snmpPort: agent.port,
                    limit: .milliseconds(100),
                    retries: 0,
                    searchesTables: true
                )
                let report = await bench.probe.snmp("127.0.0.1", access)
                #expect(report.tables.isEmpty, "\(report)")
                #expect(!report.devices.isEmpty || !report.tried.isEmpty)
                let states = report.devices.flatMap(\.outlets).compactMap(\.state)
                // An agent that answers 1 for everything has an outlet, and it says so of it.
                #expect(states.count <= 1, "\(report)")
            }
        }
        // Looked at twice, at most 500 requests each for tables and some for what it is.
        #expect(agent.datagrams.count < 25_000)
    }
}
