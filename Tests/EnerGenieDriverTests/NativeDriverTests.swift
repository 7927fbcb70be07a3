import EnerGenieDriver
import PDUSimulator
import Power
import Testing

@Suite("Native protocol", .timeLimit(.minutes(10)))
struct NativeDriverTests {
    @Test("switches and reads back every model", arguments: EnerGenieFirmware.Dialect.allCases)
    func dialects(dialect: EnerGenieFirmware.Dialect) async throws {
        try await Strip.with(SimulatedEnerGenieConfiguration(firmware: EnerGenieFirmware(dialect: dialect))) { strip in
            let driver = try strip.native()
            #expect(try await driver.switching(.three, to: .on) == .settled(.on))
            #expect(strip.device.states == [.off, .off, .on, .off])
            #expect(try await driver.states() == [.off, .off, .on, .off])
            #expect(try await driver.switching(.three, to: .off) == .settled(.off))
            let model = try await driver.withSession { session throws(DriverError) in try await session.describe().model
            }
            #expect(model?.contains("WLAN") == (dialect == .pmswlan))
        }
    }

    @Test("reads all sixteen combinations", arguments: 0..<16)
    func allStates(bits: Int) async throws {
        try await Strip.with { strip in
            for outlet in 1...4 where bits >> (outlet - 1) & 1 == 1 { strip.device.press(outlet) }
            let driver = try strip.native()
            #expect(try await driver.states() == strip.device.states)
        }
    }

    @Test("switches several outlets in one frame and leaves the others alone, even if they change meanwhile")
    func together() async throws {
        try await Strip.with { strip in
            let driver = try strip.native()
            #expect(driver.traits.switchesTogether)
            try await driver.withSession { session throws(DriverError) in
                _ = try await session.read(.everything)
                strip.device.press(2)
                try await session.set([.one: .on, .four: .on])
                let reading = try await session.read(.everything)
                #expect(OutletNumber.strip.map { reading.outlets[$0]?.state } == [.on, .on, .off, .on])
            }
            #expect(strip.told == ["native password done", "cte1=1 done", "cte4=1 done"])
        }
    }

    @Test("begins a session anew for a read or switch that its reports cannot answer")
    func anew() async throws {
        try await Strip.with { strip in
            try await strip.native().withSession { session throws(DriverError) in
                _ = try await session.read(.everything)
                strip.device.press(1)
                #expect(try await session.read(.everything).outlets[.one] == .settled(.on))
                try await session.set([.one: .off])
                try await session.set([.two: .on])
                #expect(try await session.read(.everything).outlets[.two] == .settled(.on))
                strip.device.press(2)
                #expect(try await session.read(.everything).outlets[.two] == .settled(.off))
            }
        }
    }

    @Test("frees the device at once, so that the next session finds it idle")
    func freed() async throws {
        try await Strip.with { strip in
            let driver = try strip.native()
            for round in 0..<20 {
                let state: PowerState = round % 2 == 0 ? .on : .off
                #expect(try await driver.switching(.one, to: state) == .settled(state))
            }
        }
    }

    @Test("sends the start byte again while the device is still giving up an earlier session")
    func startAgain() async throws {
        try await Strip.with { strip in
            strip.device.ignoreStarts(3)
            let driver = try strip.native(startInterval: .milliseconds(300))
            #expect(try await driver.states() == [.off, .off, .off, .off])
        }
    }

    @Test("tells of a device that never answers the start byte as silent")
    func neverStarts() async throws {
        try await Strip.with { strip in
            strip.device.ignoreStarts(1_000)
            let driver = try strip.native(startInterval: .milliseconds(20), limit: .milliseconds(300))
            let error = await failure { _ = try await driver.states() }
            #expect(error?.code == .timeout)
        }
    }

    @Test(
        "tells of silence after the password as one of two things, and as a wrong password only when it repeats itself"
    )
    func wrongPassword() async throws {
        try await Strip.with { strip in
            let driver = try strip.native(password: "geheim", limit: .seconds(1))
            var codes: [DriverError.Code?] = []
            for _ in 0..<4 {
                let error = await failure { _ = try await driver.switching(.one, to: .on) }
                codes.append(error?.code)
                #expect(error?.message.contains("wrong password") == true)
                #expect(error?.message.contains("geheim") == false)
            }
            #expect(codes == [.timeout, .timeout, .authentication, .authentication])
            #expect(strip.device.states == [.off, .off, .off, .off])
        }
    }

    @Test(
        "a connection that breaks, or a silence, is told as such",
        arguments: [
            (EnerGenieMishap.Step.logIn, EnerGenieMishap.close, DriverError.Code.interrupted),
            (.logIn, .cutShort, .interrupted),
            (.switching, .close, .interrupted), (.switching, .executeAndClose, .interrupted),
            (.switching, .cutShort, .interrupted), (.switching, .send([1]), .interrupted),
        ]
    )
    func mishaps(step: EnerGenieMishap.Step, mishap: EnerGenieMishap, code: DriverError.Code) async throws {
        try await Strip.with { strip in
            strip.device.mishaps[step] = mishap
            let driver = try strip.native(password: "1")
            let error = await failure { _ = try await driver.switching(.one, to: .on) }
            #expect(error?.code == code)
        }
    }

    @Test("a switch that is not answered leaves its outcome in doubt")
    func silentSwitch() async throws {
        try await Strip.with { strip in
            strip.device.mishaps[.switching] = .silence
            let driver = try strip.native(limit: .milliseconds(300))
            let error = await failure { _ = try await driver.switching(.one, to: .on) }
            #expect(error?.code == .timeout)
            #expect(error?.leavesDoubt == true)
        }
    }

    @Test("frames that arrive byte by byte are read whole")
    func trickle() async throws {
        try await Strip.with { strip in
            strip.device.mishaps = [.logIn: .trickle(.milliseconds(2)), .switching: .trickle(.milliseconds(2))]
            let driver = try strip.native()
            #expect(try await driver.switching(.one, to: .on) == .settled(.on))
        }
    }

    @Test("a device that ignores a switch is read as it is")
    func refusing() async throws {
        try await Strip.with(SimulatedEnerGenieConfiguration(faults: Faults(isRefusing: true))) { strip in
            let driver = try strip.native()
            #expect(try await driver.switching(.one, to: .on) == .settled(.off))
        }
    }

    @Test("a voltage that does not fit the state is warned of")
    func voltage() async throws {
        try await Strip.with(SimulatedEnerGenieConfiguration(firmware: EnerGenieFirmware(dialect: .pms20))) { strip in
            strip.device.voltageMismatches = [3]
            let reading = try await strip.native().withSession { session throws(DriverError) in
                try await session.read(.everything)
            }
            #expect(reading.outlets[.three] == .settled(.off))
            #expect(reading.warnings == ["outlet 3 is off but has voltage"])
        }
    }

    @Test("a device that is not there cannot be reached")
    func unreachable() async throws {
        try await Strip.with { strip in
            let driver = try strip.native()
            await strip.device.stop()
            var error: DriverError?
            // A program that another test starts has the strip's port open between its fork and its exec, so that the system
            // takes a connection and breaks it.
            repeat {
                error = await failure { _ = try await driver.switching(.one, to: .on) }
            } while error?.code == .interrupted
            #expect(error?.code == .unreachable)
        }
    }

    @Test("pauses are kept between sessions")
    func pauses() async throws {
        try await Strip.with { strip in
            let clock = JumpingClock()
            let driver = try strip.native(pause: .seconds(4), clock: clock)
            _ = try await driver.states()
            clock.advance(by: .seconds(1))
            _ = try await driver.states()
            #expect(clock.sleeps == [.seconds(3)])
        }
    }

    @Test("cancellation in the middle of a switch ends it and frees the device")
    func cancellation() async throws {
        try await Strip.with { strip in
            strip.device.mishaps[.switching] = .silence
            let driver = try strip.native()
            let code = try await withThrowingTaskGroup(of: DriverError.Code?.self) { tasks in
                tasks.addTask {
                    await failure { _ = try await driver.switching(.one, to: .on) }?.code
                }
                await strip.device.record.wait(forTotal: 2)
                tasks.cancelAll()
                return try await tasks.next() ?? nil
            }
            #expect(code == .cancelled)
            #expect(try await driver.states() == [.off, .off, .off, .off])
        }
    }
}
