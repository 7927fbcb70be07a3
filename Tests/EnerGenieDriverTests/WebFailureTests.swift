import EnerGenieDriver
import PDUSimulator
import Power
import Testing

@Suite("Web interface: what goes wrong", .timeLimit(.minutes(10)))
struct WebFailureTests {
    typealias Step = EnerGenieMishap.Step

    struct Case: Sendable {
        let step: Step
        let mishap: EnerGenieMishap
        let code: DriverError.Code
    }

    static let impatient = EnerGenieTimeLimits(
        request: .seconds(1),
        session: .seconds(60),
        logOut: .seconds(20)
    )

    static let garbage: [EnerGenieMishap] = [
        .send(Array("<html>no head at all</html>\r\n".utf8)), .send([0xff, 0x00, 0x0a, 0x0a]),
        .send(Array("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n".utf8)),
        .send(Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)),
        .send(Array("HTTP/1.1 302 Moved\r\nLocation: /login.html\r\nContent-Length: 0\r\n\r\n".utf8)),
        .send(Array("HTTP/1.1 200 OK\r\n\r\n<html>some other device</html>".utf8)),
        .send(Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + Array(repeating: UInt8(ascii: "x"), count: 200_000)),
    ]

    static let cases: [Case] =
        [Step.logIn, .switching, .status].flatMap { step in
            [
                Case(step: step, mishap: .silence, code: .timeout),
                Case(step: step, mishap: .close, code: .interrupted),
                Case(step: step, mishap: .executeAndClose, code: .interrupted),
                Case(step: step, mishap: .cutShort, code: .interrupted),
                Case(step: step, mishap: .send(Array("HTTP/1.1 404 Gone\r\n\r\n".utf8)), code: .refused),
                Case(step: step, mishap: .send(Array("HTTP/1.1 401 No\r\n\r\n".utf8)), code: .authentication),
            ] + garbage.map { Case(step: step, mishap: $0, code: .badReply) }
        }

    @Test("a switch that goes wrong at any step is told as what it is, and the session is closed", arguments: cases)
    func mishaps(of test: Case) async throws {
        try await Strip.with { strip in
            strip.device.mishaps[test.step] = test.mishap
            let limits = test.mishap == .silence ? Self.impatient : EnerGenieTimeLimits(request: .seconds(20))
            let driver = try strip.web(limits: limits)
            let error = await failure { _ = try await driver.switching(.one, to: .on) }
            #expect(error?.code == test.code, "\(error?.message ?? "no error")")
            #expect(error?.message.contains("127.0.0.1:\(strip.device.webPort)") == true)
            let isShutOut = test.step == .logIn && test.code == .authentication
            #expect(strip.told.last?.hasPrefix("GET /login.html") == !isShutOut)
            #expect(strip.device.sessionOwner == nil)
        }
    }

    @Test(
        "the strict transport tells the same failures apart",
        arguments: [
            Case(step: .switching, mishap: .silence, code: .timeout),
            Case(step: .switching, mishap: .close, code: .interrupted),
            Case(step: .switching, mishap: .cutShort, code: .interrupted),
            Case(step: .switching, mishap: garbage[0], code: .badReply),
            Case(step: .switching, mishap: garbage[6], code: .badReply),
        ]
    )
    func strictMishaps(of test: Case) async throws {
        try await Strip.with { strip in
            strip.device.mishaps[test.step] = test.mishap
            let limits = test.mishap == .silence ? Self.impatient : EnerGenieTimeLimits(request: .seconds(20))
            let driver = try strip.web(http: .strict, limits: limits)
            let error = await failure { _ = try await driver.switching(.one, to: .on) }
            #expect(error?.code == test.code, "\(error?.message ?? "no error")")
            #expect(strip.device.sessionOwner == nil)
        }
    }

    @Test("a head with bare line feeds is an error to the strict transport alone")
    func lineFeeds() async throws {
        let firmware = EnerGenieFirmware(head: .lineFeeds)
        try await Strip.with(SimulatedEnerGenieConfiguration(firmware: firmware)) { strip in
            let error = await failure { _ = try await strip.web(http: .strict).states() }
            #expect(error?.code == .badReply)
        }
    }

    @Test("a wrong password is told as such and not tried on", arguments: EnerGenieHTTPMode.allCases)
    func wrongPassword(http: EnerGenieHTTPMode) async throws {
        try await Strip.with { strip in
            let driver = try strip.web(password: "geheim", http: http)
            let error = await failure { _ = try await driver.switching(.one, to: .on) }
            #expect(error?.code == .authentication)
            #expect(error?.leavesDoubt == false)
            #expect(error?.message.contains("geheim") == false)
            #expect(strip.told == ["POST /login.html wrong password"])
        }
    }

    @Test("a device that another host is logged in to is busy, and that host's session is left alone")
    func busy() async throws {
        try await Strip.with { strip in
            strip.device.occupy(from: "192.0.2.99")
            let error = await failure { _ = try await strip.web().states() }
            #expect(error?.code == .busy)
            #expect(strip.told == ["POST /login.html busy"])
            #expect(strip.device.sessionOwner == "192.0.2.99")
        }
    }

    @Test("a session that somebody else ended in between is no success", arguments: [Step.switching, .status])
    func stolenSession(step: Step) async throws {
        try await Strip.with { strip in
            let error = await failure {
                try await strip.web().withSession { session throws(DriverError) in
                    _ = try await session.read(.everything)
                    _ = try? await strip.device.perform(.reboot)
                    if step == .switching { try await session.set([.one: .on]) }
                    _ = try await session.read(.everything)
                }
            }
            #expect(error?.code == .busy)
            #expect(strip.device.states[0] == .off)
        }
    }

    @Test(
        "a device that is not there cannot be reached, and nothing is in doubt",
        arguments: EnerGenieHTTPMode.allCases
    )
    func unreachable(http: EnerGenieHTTPMode) async throws {
        try await Strip.with { strip in
            let driver = try strip.web(http: http)
            await strip.device.stop()
            var error: DriverError?
            var toldBefore = 0
            // As long as a program between its fork and its exec has the strip's port open, the system takes a connection.
            // A log-in that such a connection took is logged out of in vain, which is told.
            repeat {
                toldBefore = strip.log.lines.count
                error = await failure { _ = try await driver.switching(.one, to: .on) }
            } while error?.code == .interrupted
            #expect(error?.code == .unreachable)
            #expect(error?.leavesDoubt == false)
            #expect(strip.log.lines.count == toldBefore)
        }
    }

    @Test("a page without readable states is an error and not a guess")
    func noStates() async throws {
        try await Strip.with { strip in
            strip.device.mishaps[.status] = .send(
                Array("HTTP/1.1 200 OK\r\n\r\n<a>Log Out</a> var sockstates = [1,0,?,0];".utf8)
            )
            let error = await failure { _ = try await strip.web().switching(.one, to: .on) }
            #expect(error?.code == .badReply)
        }
    }

    @Test("an error of the work inside the session is passed on after the session was closed")
    func workFails() async throws {
        try await Strip.with { strip in
            let error = await failure {
                try await strip.web().withSession { _ throws(DriverError) in throw DriverError(.refused, "of my own") }
            }
            #expect(error == DriverError(.refused, "of my own"))
            #expect(strip.told == ["POST /login.html done", "GET /login.html done"])
        }
    }

    @Test("a session that cannot be closed does not undo its work, is logged, and is told with the next reading")
    func logOutFails() async throws {
        try await Strip.with { strip in
            strip.device.mishaps[.logOut] = .close
            let driver = try strip.web()
            #expect(try await driver.switching(.one, to: .on) == .settled(.on))
            #expect(strip.log.lines.count == 1)
            #expect(strip.log.lines.first?.hasPrefix("warning: ") == true)
            strip.device.mishaps = [:]
            let reading = try await driver.withSession { session throws(DriverError) in
                try await session.read(.everything)
            }
            #expect(reading.warnings.count == 1)
            #expect(strip.log.lines.last?.hasPrefix("notice: ") == true)
            let next = try await driver.withSession { session throws(DriverError) in
                try await session.read(.everything)
            }
            #expect(next.warnings.isEmpty)
        }
    }

    @Test("the time of a session is limited in total")
    func totalLimit() async throws {
        try await Strip.with { strip in
            let clock = JumpingClock()
            let limits = EnerGenieTimeLimits(request: .seconds(20), session: .zero)
            let error = await failure {
                _ = try await strip.web(limits: limits, clock: clock).states()
            }
            #expect(error?.code == .timeout)
            #expect(strip.told.isEmpty)
        }
    }
}
