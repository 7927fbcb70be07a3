import Discovery
import EnerGenieDriver
import PDUSimulator
import Power
import Testing

@Suite(.timeLimit(.minutes(10))) struct VerificationTests {
    @Test(
        "a device that does as it is told passes, and the outlet is as it was before",
        arguments: [PowerState.on, .off]
    )
    func passes(_ state: PowerState) async throws {
        try await Bench.withStrip(SimulatedEnerGenieConfiguration(initialState: state)) { bench, strip in
            let report = try await verify(bench, strip)
            #expect(report.isSuccess, "\(report)")
            #expect(report.firstState == state.rawValue)
            #expect(report.steps.map(\.name).contains("cycle by the device"))
            #expect(strip.states == Array(repeating: state, count: 4))
            #expect(strip.sessionOwner == nil)
        }
    }

    @Test("the time for which a device shows old values is measured")
    func settles() async throws {
        let faults = Faults(settleLag: .seconds(2))
        try await Bench.withStrip(SimulatedEnerGenieConfiguration(faults: faults)) { bench, strip in
            let report = try await verify(bench, strip)
            #expect(report.isSuccess, "\(report)")
            #expect((report.longestSettleTime ?? 0) > 100)
            #expect(report.steps.contains { ($0.oldAnswers ?? 0) > 0 })
        }
    }

    @Test("a device that refuses to switch fails, and no more is asked of it than to stay as it was")
    func refuses() async throws {
        try await Bench.withStrip(SimulatedEnerGenieConfiguration(faults: Faults(isRefusing: true))) { bench, strip in
            let report = try await verify(bench, strip, watch: .milliseconds(200))
            #expect(!report.isSuccess)
            #expect(strip.states == [.off, .off, .off, .off])
        }
    }

    @Test("a device that cannot be read is not switched")
    func unreadable() async throws {
        try await Bench.withStrip { bench, strip in
            strip.occupy(from: "192.0.2.99")
            let report = try await verify(bench, strip)
            #expect(!report.isSuccess)
            #expect(report.steps.map(\.name) == ["read"])
            #expect(report.firstState == nil)
        }
    }

    @Test("an interrupted verification puts the outlet back")
    func interrupted() async throws {
        try await Bench.withStrip(SimulatedEnerGenieConfiguration(initialState: .off)) { bench, strip in
            let verification = try verification(bench, strip)
            let report = await withTaskGroup(of: VerificationReport?.self) { group in
                let (stream, input) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
                group.addTask {
                    await verification.run(pdu: "strip") { if $0.hasPrefix("switching") { input.yield() } }
                }
                for await _ in stream { break }
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(report?.isRestored == true)
            #expect(report?.isSuccess == false)
            #expect(strip.states == [.off, .off, .off, .off])
            #expect(strip.sessionOwner == nil)
        }
    }

    private func verify(
        _ bench: Bench,
        _ strip: SimulatedEnerGenie,
        watch: Duration = .seconds(8)
    ) async throws -> VerificationReport {
        try await verification(bench, strip, watch: watch).run(pdu: "strip") { _ in }
    }

    private func verification(
        _ bench: Bench,
        _ strip: SimulatedEnerGenie,
        watch: Duration = .seconds(8)
    ) throws -> Verification {
        let configuration = EnerGenieWebConfiguration(
            endpoint: try #require(EnerGenieEndpoint(host: "127.0.0.1", port: strip.webPort)),
            password: try #require(EnerGeniePassword("1"))
        )
        return Verification(
            driver: bench.strips.web(configuration),
            settings: .init(
                outlet: try #require(OutletNumber(2)),
                watch: watch,
                interval: .milliseconds(20)
            )
        )
    }
}
