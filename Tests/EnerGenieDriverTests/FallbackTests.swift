import EnerGenieDriver
import LocalServices
import Logging
import NIOPosix
import PDUSimulator
import Power
import Testing

@Suite("Fallback to the other protocol", .timeLimit(.minutes(10)))
struct FallbackTests {
    @Test("a closed port turns the driver to the other protocol, for switches too", arguments: [true, false])
    func closedPort(webIsFirst: Bool) async throws {
        try await Strip.with { strip in
            let closed = try FreePort.tcp()
            let driver =
                webIsFirst
                ? strip.fallback(try strip.closedWay(port: closed), or: try strip.native())
                : strip.fallback(try strip.closedNativeWay(port: closed), or: try strip.web())
            #expect(try await driver.switching(.three, to: .on) == .settled(.on))
            #expect(strip.device.states == [.off, .off, .on, .off])
            #expect(try await driver.states() == [.off, .off, .on, .off])
            await driver.shutDown()
        }
    }

    @Test("as long as the first protocol works, the other is left alone")
    func firstWorks() async throws {
        try await Strip.with { strip in
            let driver = strip.fallback(try strip.web(), or: try strip.closedNativeWay(port: try FreePort.tcp()))
            for state in [PowerState.on, .off] {
                #expect(try await driver.switching(.one, to: state) == .settled(state))
            }
        }
    }

    @Test("the first protocol is taken again some time after it came back")
    func comesBack() async throws {
        try await Strip.with { strip in
            let first = FlakyDriver(try strip.web())
            let driver = strip.fallback(first, or: try strip.native())
            first.isReachable = false
            _ = try await driver.states()
            first.isReachable = true
            for _ in 0..<40 { _ = try await driver.states() }
            #expect((1...20).contains(first.sessions))
        }
    }

    @Test("whatever may have reached the device is not repeated the other way")
    func noRepetition() async throws {
        try await Strip.with { strip in
            let driver = strip.fallback(try strip.web(), or: try strip.native())
            let error = try await #require(throws: DriverError.self) {
                try await driver.withSession { _ throws(DriverError) in
                    throw DriverError(.unreachable, "in the middle of a session")
                }
            }
            #expect(error.message == "in the middle of a session")
            strip.device.occupy(from: "192.0.2.99")
            let busy = try await #require(throws: DriverError.self) { _ = try await driver.states() }
            #expect(busy.code == .busy)
        }
    }

    @Test("when neither can be reached, the error is that of the protocol that is wanted")
    func neither() async throws {
        try await Strip.with { strip in
            let port = try FreePort.tcp()
            let driver = strip.fallback(
                try strip.closedWay(port: port),
                or: try strip.closedNativeWay(port: try FreePort.tcp())
            )
            let error = try await #require(throws: DriverError.self) { _ = try await driver.states() }
            #expect(error.code == .unreachable)
            #expect(error.message.contains(":\(port)"))
        }
    }
}

extension Strip {
    fileprivate func fallback(_ first: any PDUDriver, or other: any PDUDriver) -> FallbackDriver {
        drivers.fallback(first, or: other, name: "strip")
    }

    /// A way to a port where nobody listens.
    fileprivate func closedWay(port: Int) throws -> EnerGenieWebDriver {
        drivers.web(
            EnerGenieWebConfiguration(
                endpoint: try #require(EnerGenieEndpoint(host: "127.0.0.1", port: port)),
                password: try #require(EnerGeniePassword("1"))
            )
        )
    }

    /// Another way to a port where nobody listens.
    fileprivate func closedNativeWay(port: Int) throws -> EnerGenieTCPDriver {
        drivers.native(
            EnerGenieTCPConfiguration(
                endpoint: try #require(EnerGenieEndpoint(host: "127.0.0.1", port: port)),
                password: try #require(EnerGeniePassword("1"))
            )
        )
    }
}
