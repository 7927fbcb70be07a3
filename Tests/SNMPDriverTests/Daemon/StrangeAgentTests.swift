import Power
import SNMPClient
import TestSupport
import Testing

@testable import SNMPDriver

@Suite("An agent that answers strangely", .timeLimit(.minutes(10)))
struct StrangeAgentTests {
    /// Outlets by a count, by rows, by rows of a joined table, by names, and in a packed text.
    private static let models = ["raritan-px2", "servertech-sentry3", "riedo-updu", "rittal-cmc3", "digipower"]

    @Test("is read and switched to an end, with no number that is none", arguments: StrangeHabit.allCases, models)
    func ends(_ habit: StrangeHabit, _ id: String) async throws {
        let agent = try PlayedAgent { datagram, _ in
            guard let request = AgentRequest(datagram) else { return [] }
            return [PlayedAgent.Reply(bytes: habit.answer(to: request, sysObjectID: [1, 3, 6, 1, 4, 1, 99_999]))]
        }
        let engine = SNMPEngine(logger: quietLogger)
        for credentials in [SNMPCredentials.v2c(community: "public"), .v1(community: "public")] {
            let settings = SNMPDriverSettings(
                name: "rack1",
                target: SNMPTarget(
                    host: "127.0.0.1",
                    port: agent.port,
                    credentials: credentials,
                    timeout: .milliseconds(100),
                    retries: 0
                ),
                model: .known(try builtIn(id))
            )
            let driver = SNMPDriver(settings: settings, engine: engine, logger: quietLogger)
            for _ in 0..<2 {
                do throws(DriverError) {
                    let reading = try await driver.read()
                    let numbers = reading.outletMeasurements.values.flatMap(\.values) + reading.measurements.values
                    #expect(numbers.allSatisfy { $0.isFinite })
                    _ = try await driver.describe()
                    try await driver.set([1: .off])
                } catch {
                    #expect(!error.message.isEmpty)
                }
            }
            await driver.shutDown()
        }
        await engine.close()
    }
}
