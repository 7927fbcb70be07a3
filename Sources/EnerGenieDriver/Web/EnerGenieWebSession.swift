internal import Power
internal import Synchronization

/// A session with a device through its web interface.
final class EnerGenieWebSession: PDUSession {
    /// How old the states shown at log-in may be to answer the first read.
    private static let freshness = Duration.seconds(1)

    private struct State {
        var isOver = false
        var mayBeLoggedIn = false
        var spent = Duration.zero
        var loginPage: (page: EnerGeniePage, at: Duration)?
    }

    private let driver: EnerGenieWebDriver
    private let leftOpen: DriverError?
    private let state = Mutex(State())

    /// - Parameter leftOpen: why the session before could not be closed, if so.
    init(driver: EnerGenieWebDriver, leftOpen: DriverError?) {
        self.driver = driver
        self.leftOpen = leftOpen
    }

    /// Whether the device may hold a session for us.
    var mayBeLoggedIn: Bool { state.withLock { $0.mayBeLoggedIn } }

    /// Logs in.
    nonisolated(nonsending) func logIn() async throws(DriverError) {
        let form = Array("pw=".utf8) + driver.configuration.password.formEncoded
        do {
            let page = try await ask(.post("/login.html", form: form), .logIn)
            state.withLock { $0.loginPage = (page, driver.clock.now()) }
        } catch {
            // With these the device has given no session; with any other answer, or none, it may have.
            if error.code == .authentication || error.code == .busy {
                state.withLock { $0.mayBeLoggedIn = false }
            }
            throw error
        }
    }

    /// Logs out; gives back why that did not work.
    nonisolated(nonsending) func logOut() async -> DriverError? {
        do throws(DriverError) {
            let reply = try await driver.send(.get("/login.html"), .logOut, within: driver.configuration.limits.logOut)
            _ = try WebStep.logOut.judge(reply, from: driver.configuration.endpoint)
            return nil
        } catch {
            return error
        }
    }

    /// Lets nothing more through.
    func end() {
        state.withLock { $0.isOver = true }
    }

    /// Reads all four states.
    ///
    /// The answer to the log-in shows them too, as the device had them at that moment; they answer a read that follows
    /// at once. After a switch the status page is asked for: the answer to the switch itself may show the old state.
    nonisolated(nonsending) func read(_ scope: ReadScope) async throws(DriverError) -> DeviceReading {
        let page = try await statusPage()
        var reading = DeviceReading()
        for (index, state) in (page.states ?? []).enumerated() {
            guard let outlet = OutletNumber(index + 1) else { continue }
            reading.outlets[outlet] = .settled(state)
        }
        if let leftOpen { reading.warnings.append("the session before could not be closed: \(leftOpen.message)") }
        return reading
    }

    /// Switches; done when the device answered with a page that shows us still logged in.
    nonisolated(nonsending) func set(_ orders: [OutletNumber: PowerState]) async throws(DriverError) {
        let form = try OutletOrders(orders, together: driver.configuration.switchesTogether).form
        state.withLock { $0.loginPage = nil }
        _ = try await ask(.post("/", form: form), .switching)
    }

    /// Asks for the outlets' names.
    nonisolated(nonsending) func describe() async throws(DriverError) -> DeviceDescription {
        let names = try await statusPage().outletNames ?? []
        var description = DeviceDescription(outlets: OutletOrders.outlets)
        for (outlet, name) in zip(OutletOrders.outlets, names) where !name.isEmpty {
            description.outletNames[outlet] = name
        }
        return description
    }

    private nonisolated(nonsending) func statusPage() async throws(DriverError) -> EnerGeniePage {
        if let page = takeLoginPage() { return page }
        let endpoint = driver.configuration.endpoint
        let first = driver.statusPath.path
        var reply = try await send(.get(first), .reading)
        if let other = driver.statusPath.alternative {
            if reply.status != 404, let page = try shown(reply, on: first) { return page }
            reply = try await send(.get(other), .reading)
            if let page = try shown(reply, on: other) { return page }
        } else if let page = try shown(reply, on: first) {
            return page
        }
        throw WebStep.reading.error(.badReply, endpoint, "its page does not show the outlets' states")
    }

    private func shown(_ reply: HTTPReply, on path: String) throws(DriverError) -> EnerGeniePage? {
        let page = try WebStep.reading.judge(reply, from: driver.configuration.endpoint)
        guard page.states != nil else { return nil }
        driver.settle(on: path)
        return page
    }

    private func takeLoginPage() -> EnerGeniePage? {
        state.withLock { state in
            defer { state.loginPage = nil }
            guard !state.isOver, let (page, time) = state.loginPage, page.states != nil else { return nil }
            return driver.clock.now() - time <= Self.freshness ? page : nil
        }
    }

    private nonisolated(nonsending) func ask(
        _ exchange: HTTPExchange,
        _ step: WebStep
    ) async throws(DriverError) -> EnerGeniePage {
        try step.judge(try await send(exchange, step), from: driver.configuration.endpoint)
    }

    /// Sends a request within what is left of the session's time.
    private nonisolated(nonsending) func send(
        _ exchange: HTTPExchange,
        _ step: WebStep
    ) async throws(DriverError) -> HTTPReply {
        let endpoint = driver.configuration.endpoint
        let limits = driver.configuration.limits
        let (isOver, spent) = state.withLock { ($0.isOver, $0.spent) }
        guard !isOver else { throw step.error(.unsupported, endpoint, "the session is over") }
        guard spent < limits.session else {
            throw step.error(.timeout, endpoint, "the session's time was used up before")
        }
        var start: Duration?
        defer {
            if let start {
                let end = driver.clock.now()
                state.withLock { $0.spent += end - start }
            }
        }
        return try await driver.send(exchange, step, within: min(limits.request, limits.session - spent)) { hasLeft in
            start = driver.clock.now()
            state.withLock { $0.mayBeLoggedIn = hasLeft }
        }
    }
}
