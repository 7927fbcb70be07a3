import PDUSimulator
import Power
import TestSupport
import Testing

@testable import EnerGenieDriver

@Suite("A strip far away", .timeLimit(.minutes(10)))
struct FarStripTests {
    private func native(_ strip: Strip, _ port: Int, limit: Duration = .seconds(5)) throws -> EnerGenieTCPDriver {
        strip.drivers.native(
            EnerGenieTCPConfiguration(
                endpoint: try #require(EnerGenieEndpoint(host: "127.0.0.1", port: port)),
                password: try #require(EnerGeniePassword("1")),
                limit: limit
            ),
            clock: ContinuousClock()
        )
    }

    @Test("250 ms each way is read and switched through the native protocol with nothing set")
    func native() async throws {
        try await Strip.with { strip in
            let relay = try await TCPRelay(to: strip.device.nativePort, TCPRelay.Weather(delay: .milliseconds(250)))
            let driver = try native(strip, relay.port)
            #expect(try await driver.states() == [.off, .off, .off, .off])
            #expect(try await driver.switching(.one, to: .on) == .settled(.on))
            try await relay.stop()
        }
    }

    @Test("farther than any place on earth is reached after a try or two, and never told of a wrong password")
    func veryFar() async throws {
        try await Strip.with { strip in
            let relay = try await TCPRelay(to: strip.device.nativePort, TCPRelay.Weather(delay: .milliseconds(700)))
            let driver = try native(strip, relay.port)
            var codes: [DriverError.Code] = []
            var states: [PowerState?] = []
            for _ in 0..<4 where states.isEmpty {
                do throws(DriverError) {
                    states = try await driver.states()
                } catch {
                    codes.append(error.code)
                }
            }
            #expect(states == [.off, .off, .off, .off])
            #expect(codes.allSatisfy { $0 == .timeout || $0 == .interrupted }, "\(codes)")
            try await relay.stop()
        }
    }

    @Test("250 ms each way is read and switched through its web interface with nothing set")
    func web() async throws {
        try await Strip.with { strip in
            let relay = try await TCPRelay(to: strip.device.webPort, TCPRelay.Weather(delay: .milliseconds(250)))
            let driver = strip.drivers.web(
                EnerGenieWebConfiguration(
                    endpoint: try #require(EnerGenieEndpoint(host: "127.0.0.1", port: relay.port)),
                    password: try #require(EnerGeniePassword("1"))
                ),
                clock: ContinuousClock()
            )
            #expect(try await driver.states() == [.off, .off, .off, .off])
            #expect(try await driver.switching(.one, to: .on) == .settled(.on))
            #expect(strip.log.lines.isEmpty)
            try await relay.stop()
        }
    }

    @Test("gets the time that it was seen to need, between the least and the most")
    func patience() {
        var patience = StartPatience(floor: .milliseconds(125), ceiling: .seconds(5))
        #expect(patience.wait(connecting: .zero) == .seconds(1))
        #expect(patience.wait(connecting: .milliseconds(500)) == .seconds(2))
        #expect(patience.wait(connecting: .seconds(9)) == .seconds(5))
        patience.answered(after: .milliseconds(1))
        #expect(patience.wait(connecting: .zero) == .milliseconds(125))
        patience.answered(after: .milliseconds(300))
        #expect(patience.wait(connecting: .zero) == .milliseconds(1200))
        patience.spoiled()
        #expect(patience.wait(connecting: .zero) == .milliseconds(2400))
        for _ in 0..<10 { patience.spoiled() }
        #expect(patience.wait(connecting: .zero) == .seconds(5))
    }
}
