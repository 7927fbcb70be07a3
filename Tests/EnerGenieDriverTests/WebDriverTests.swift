import EnerGenieDriver
import PDUSimulator
import Power
import Testing

@Suite("Web interface", .timeLimit(.minutes(10)))
struct WebDriverTests {
    @Test(
        "an outlet is switched on and off and read back, whichever firmware and however HTTP is spoken",
        arguments: EnerGenieFirmware.PageForm.allCases,
        EnerGenieHTTPMode.allCases
    )
    func switches(page: EnerGenieFirmware.PageForm, http: EnerGenieHTTPMode) async throws {
        try await Strip.with(SimulatedEnerGenieConfiguration(firmware: EnerGenieFirmware(page: page))) { strip in
            let driver = try strip.web(http: http)
            #expect(try await driver.switching(.three, to: .on) == .settled(.on))
            #expect(strip.device.states == [.off, .off, .on, .off])
            #expect(try await driver.states() == [.off, .off, .on, .off])
            #expect(try await driver.switching(.three, to: .off) == .settled(.off))
            #expect(strip.device.states == [.off, .off, .off, .off])
            #expect(strip.device.sessionOwner == nil)
        }
    }

    @Test("a switch costs four requests, and a read two")
    func requests() async throws {
        try await Strip.with { strip in
            let driver = try strip.web()
            _ = try await driver.switching(.two, to: .on)
            #expect(
                strip.told == [
                    "POST /login.html done", "POST / done", "cte2=1 done", "GET /energenie.html done",
                    "GET /login.html done",
                ]
            )
            _ = try await driver.states()
            #expect(strip.told.dropFirst(5) == ["POST /login.html done", "GET /login.html done"])
        }
    }

    @Test("the states shown at log-in answer one read, only at once, and never after a switch")
    func loginPage() async throws {
        try await Strip.with { strip in
            let clock = JumpingClock()
            let driver = try strip.web(clock: clock)
            try await driver.withSession { session throws(DriverError) in
                _ = try await session.read(.everything)
                strip.device.press(1)
                #expect(try await session.read(.everything).outlets[.one] == .settled(.on))
            }
            try await driver.withSession { session throws(DriverError) in
                strip.device.press(1)
                clock.advance(by: .seconds(2))
                #expect(try await session.read(.everything).outlets[.one] == .settled(.off))
            }
        }
    }

    @Test("a press of the device's button is seen by the next read")
    func button() async throws {
        try await Strip.with { strip in
            let driver = try strip.web()
            #expect(try await driver.states() == [.off, .off, .off, .off])
            strip.device.press(4)
            #expect(try await driver.states() == [.off, .off, .off, .on])
        }
    }

    @Test("a device that accepts a switch and ignores it is read as it is")
    func refusing() async throws {
        try await Strip.with(SimulatedEnerGenieConfiguration(faults: Faults(isRefusing: true))) { strip in
            let driver = try strip.web()
            #expect(try await driver.switching(.one, to: .on) == .settled(.off))
        }
    }

    @Test("several outlets go in one request only where that is allowed, and others are left alone")
    func together() async throws {
        try await Strip.with(SimulatedEnerGenieConfiguration(initialState: .on)) { strip in
            let orders: [OutletNumber: PowerState] = [.one: .off, .four: .off]
            let careful = try strip.web()
            #expect(!careful.traits.switchesTogether)
            let refusal = await failure {
                try await careful.withSession { session throws(DriverError) in try await session.set(orders) }
            }
            #expect(refusal?.code == .unsupported)
            #expect(strip.device.states == [.on, .on, .on, .on])
            let driver = try strip.web(together: true)
            #expect(driver.traits.switchesTogether)
            try await driver.withSession { session throws(DriverError) in try await session.set(orders) }
            #expect(strip.device.states == [.off, .on, .on, .off])
        }
    }

    @Test("an outlet that a strip does not have is refused before anything is sent")
    func strangeOutlet() async throws {
        try await Strip.with { strip in
            let five = try #require(OutletNumber(5))
            let error = await failure {
                _ = try await strip.web().switching(five, to: .on)
            }
            #expect(error?.code == .unsupported)
            #expect(strip.told == ["POST /login.html done", "GET /login.html done"])
        }
    }

    @Test("the device is described with the names of its outlets")
    func describes() async throws {
        try await Strip.with { strip in
            let description = try await strip.web().withSession { session throws(DriverError) in
                try await session.describe()
            }
            #expect(description.outlets == OutletNumber.strip)
            #expect(description.outletNames[.two] == "Outlet 2")
        }
    }

    @Test("a session that another process of this host left open is taken over")
    func ownSession() async throws {
        try await Strip.with { strip in
            strip.device.occupy(from: "127.0.0.1")
            let driver = try strip.web()
            #expect(try await driver.switching(.one, to: .on) == .settled(.on))
        }
    }

    @Test("a password of any ISO 8859-1 characters arrives as it is")
    func password() async throws {
        let password = "ä &=%+\u{ff}1"
        try await Strip.with(SimulatedEnerGenieConfiguration(password: password)) { strip in
            let driver = try strip.web(password: password)
            #expect(try await driver.states().count == 4)
        }
    }

    @Test("a session is dead once it is over")
    func afterwards() async throws {
        try await Strip.with { strip in
            let session = try await strip.web().withSession { session throws(DriverError) in session }
            let error = await failure { try await session.set([.one: .on]) }
            #expect(error?.code == .unsupported)
            #expect(strip.told.last == "GET /login.html done")
        }
    }

    @Test("a second session at the same time is refused without a word to the device")
    func overlapping() async throws {
        try await Strip.with { strip in
            let driver = try strip.web()
            try await driver.withSession { session throws(DriverError) in
                let error = await failure { _ = try await driver.states() }
                #expect(error?.code == .busy)
                try await session.set([.one: .on])
            }
            #expect(strip.told.filter { $0.hasPrefix("POST /login.html") }.count == 1)
        }
    }

    @Test("pauses are kept between requests and between sessions, and no longer")
    func pauses() async throws {
        try await Strip.with { strip in
            let clock = JumpingClock()
            let driver = try strip.web(pause: .seconds(5), clock: clock)
            _ = try await driver.switching(.one, to: .on)
            #expect(clock.sleeps == [.seconds(5), .seconds(5), .seconds(5)])
            clock.advance(by: .seconds(3))
            _ = try await driver.states()
            #expect(clock.sleeps.dropFirst(3) == [.seconds(2), .seconds(5)])
        }
    }

    @Test("answers framed in any way are understood", arguments: EnerGenieFirmware.HeadForm.allCases)
    func heads(head: EnerGenieFirmware.HeadForm) async throws {
        try await Strip.with(SimulatedEnerGenieConfiguration(firmware: EnerGenieFirmware(head: head))) { strip in
            let driver = try strip.web()
            #expect(try await driver.switching(.one, to: .on) == .settled(.on))
        }
    }

    @Test("an answer that trickles in byte by byte is read whole")
    func trickle() async throws {
        try await Strip.with { strip in
            strip.device.mishaps[.status] = .trickle(.microseconds(200))
            let driver = try strip.web()
            #expect(try await driver.switching(.one, to: .on) == .settled(.on))
        }
    }
}
