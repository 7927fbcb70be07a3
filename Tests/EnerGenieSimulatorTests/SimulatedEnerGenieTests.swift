import NIOPosix
import PDUSimulator
import Power
import Testing

@Suite("Simulated EnerGenie", .timeLimit(.minutes(10)))
struct SimulatedEnerGenieTests {
    static let logIn = "POST /login.html HTTP/1.1\r\nContent-Length: 4\r\n\r\npw=1"
    static let logOut = "GET /login.html HTTP/1.1\r\n\r\n"
    static let status = "GET /energenie.html HTTP/1.1\r\n\r\n"

    @Test("takes the password, switches, shows the states and lets go")
    func session() async throws {
        try await withStrip { strip in
            let welcome = try await ask(strip, Self.logIn)
            #expect(welcome.contains("Log Out"))
            let answer = try await ask(strip, Self.switching("cte2=1"))
            #expect(answer.contains("var sockstates = [0,1,0,0];"))
            let shown = try await ask(strip, Self.status)
            #expect(shown.contains("[0,1,0,0]"))
            let farewell = try await ask(strip, Self.logOut)
            #expect(farewell.contains("EnerGenie Web:"))
            #expect(strip.states == [.off, .on, .off, .off])
            #expect(strip.record.entries.map(\.object).contains("cte2"))
        }
    }

    @Test("leaves outlets alone whose field is absent or empty")
    func emptyFields() async throws {
        try await withStrip(SimulatedEnerGenieConfiguration(initialState: .on)) { strip in
            _ = try await ask(strip, Self.logIn)
            _ = try await ask(strip, Self.switching("cte1=&cte2=0&cte3=&cte4="))
            #expect(strip.states == [.on, .off, .on, .on])
        }
    }

    @Test("shows its log-in page to whoever is not logged in, and does nothing")
    func notLoggedIn() async throws {
        try await withStrip { strip in
            let unknown = try await ask(strip, Self.switching("cte1=1"))
            #expect(unknown.contains("EnerGenie Web:"))
            let wrong = try await ask(strip, Self.logIn.replacing("pw=1", with: "pw=2"))
            #expect(wrong.contains("EnerGenie Web:"))
            #expect(strip.states[0] == .off)
        }
    }

    @Test("belongs to the address that logged in until that logs out")
    func oneAddress() async throws {
        try await withStrip { strip in
            _ = try await ask(strip, Self.logIn)
            for request in [Self.logIn, Self.status, Self.logOut, Self.switching("cte1=1")] {
                let answer = try await RawExchange.run(request, port: strip.webPort, from: "127.0.0.2")
                #expect(answer.contains("Impossible to login"))
            }
            #expect(strip.states[0] == .off)
            let shown = try await ask(strip, Self.status)
            #expect(shown.contains("sockstates"), "the same address goes on")
            _ = try await ask(strip, Self.logOut)
            let welcome = try await RawExchange.run(Self.logIn, port: strip.webPort, from: "127.0.0.2")
            #expect(welcome.contains("Log Out"))
            #expect(strip.sessionOwner == "127.0.0.2")
        }
    }

    @Test("ends a session that nobody uses, if told to")
    func expiry() async throws {
        try await withStrip(SimulatedEnerGenieConfiguration(sessionExpiry: .zero)) { strip in
            _ = try await ask(strip, Self.logIn)
            let shown = try await ask(strip, Self.status)
            #expect(shown.contains("EnerGenie Web:"))
        }
    }

    @Test("of older firmware shows the states bare, and on one page only")
    func oldFirmware() async throws {
        let configuration = SimulatedEnerGenieConfiguration(firmware: EnerGenieFirmware(page: .bare))
        try await withStrip(configuration) { strip in
            _ = try await ask(strip, Self.logIn)
            let root = try await ask(strip, "GET / HTTP/1.1\r\n\r\n")
            #expect(root.contains(">0,0,0,0<"))
            let shown = try await ask(strip, Self.status)
            #expect(!shown.contains("0,0,0,0"))
        }
    }

    @Test("refuses or lags when told to")
    func faults() async throws {
        try await withStrip { strip in
            _ = try await ask(strip, Self.logIn)
            strip.faults.isRefusing = true
            _ = try await ask(strip, Self.switching("cte1=1"))
            #expect(strip.states[0] == .off)
            #expect(strip.record.entries.last?.outcome == "refused")
            strip.faults = Faults(settleLag: .seconds(3600))
            let lagging = try await ask(strip, Self.switching("cte1=1"))
            #expect(lagging.contains("[0,0,0,0]"))
            #expect(strip.states[0] == .on)
        }
    }

    @Test("takes the orders that all simulated devices take")
    func orders() async throws {
        try await withStrip { strip in
            #expect(await strip.perform("press 3") == "outlet 3: ON")
            #expect(await strip.perform("press 5").hasPrefix("error: "))
            #expect(await strip.perform("latency 5ms").hasPrefix("faults: latency"))
            #expect(await strip.perform("state").hasPrefix("outlets: 1 OFF, 2 OFF, 3 ON, 4 OFF; faults: latency"))
            _ = try await ask(strip, Self.logIn)
            #expect(strip.sessionOwner == "127.0.0.1")
            #expect(await strip.perform("reboot") == "rebooted")
            #expect(strip.sessionOwner == nil)
            #expect(strip.states[2] == .on)
        }
    }

    @Test("does not start on a port that is taken")
    func takenPort() async throws {
        try await withStrip { strip in
            await #expect(throws: PDUSimulatorError.self) {
                _ = try await SimulatedEnerGenie.start(
                    SimulatedEnerGenieConfiguration(webPort: strip.webPort),
                    on: MultiThreadedEventLoopGroup.singleton
                )
            }
        }
    }

    private static func switching(_ form: String) -> String {
        "POST / HTTP/1.1\r\nContent-Length: \(form.utf8.count)\r\n\r\n\(form)"
    }

    private func ask(_ strip: SimulatedEnerGenie, _ request: String) async throws -> String {
        try await RawExchange.run(request, port: strip.webPort)
    }

    private func withStrip(
        _ configuration: SimulatedEnerGenieConfiguration = SimulatedEnerGenieConfiguration(),
        _ test: (SimulatedEnerGenie) async throws -> Void
    ) async throws {
        let strip = try await SimulatedEnerGenie.start(configuration, on: MultiThreadedEventLoopGroup.singleton)
        do {
            try await test(strip)
        } catch {
            await strip.stop()
            throw error
        }
        await strip.stop()
    }
}
