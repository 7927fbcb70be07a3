import GenericDriver
import Logging
import NIOPosix
import Power
import Testing

@Suite(.timeLimit(.minutes(10))) struct HTTPDriverTests {
    private static let both = #"{"relays":[{"on":true},{"on":false}]}"#

    @Test("a device that tells all outlets at once is asked once")
    func readsAll() async throws {
        try await serve { _ in
            .init(body: Self.both)
        } _: { device, drivers in
            let reading = try await read(drivers, device)
            #expect(reading.outlets == [try outlet(1): .settled(.on), try outlet(2): .settled(.off)])
            #expect(device.requests.map(\.uri) == ["/relays"])
        }
    }

    @Test("a switch is one request with the outlet in URL and body, with headers and credentials")
    func switches() async throws {
        try await serve { _ in
            .init(status: 204)
        } _: { device, drivers in
            let driver = try driver(drivers, device, credentials: .basic(username: "admin", password: "s3cret"))
            try await driver.withSession { session async throws(DriverError) in
                try await session.set([try outlet(2): .off])
            }
            let request = try #require(device.requests.first)
            #expect(request.method == "PUT")
            #expect(request.uri == "/relay/1")
            #expect(request.body == #"{"outlet":2,"on":false}"#)
            #expect(request.headers["content-type"] == "application/json")
            #expect(request.headers["authorization"] == "Basic YWRtaW46czNjcmV0")
            #expect(device.requests.count == 1)
        }
    }

    @Test("a bearer token is sent, and nothing prints it")
    func bearer() async throws {
        let credentials = HTTPCredentials.bearer("tok-tok-tok")
        #expect(!"\(credentials) \(String(reflecting: credentials))".contains("tok-tok"))
        try await serve { _ in
            .init(body: Self.both)
        } _: { device, drivers in
            _ = try await read(drivers, device, credentials: credentials)
            #expect(device.requests.first?.headers["authorization"] == "Bearer tok-tok-tok")
        }
    }

    @Test(
        "what the device answers to a switch tells whether it may have been done",
        arguments: [
            (401, DriverError.Code.authentication), (403, .authentication), (404, .refused), (302, .badReply),
            (500, .badReply),
        ]
    )
    func statuses(_ status: Int, _ code: DriverError.Code) async throws {
        let elsewhere = [("Location", "/elsewhere")]
        try await serve { _ in
            .init(status: status, headers: elsewhere)
        } _: { device, drivers in
            let error = try await failure(drivers, device)
            #expect(error.code == code)
            #expect(device.requests.map(\.uri) == ["/relay/0"])
        }
    }

    @Test("silence and a broken connection leave a switch in doubt, and it is sent once")
    func doubt() async throws {
        try await serve { _ in
            .init(hangsUp: true)
        } _: { device, drivers in
            let error = try await failure(drivers, device)
            #expect(error.leavesDoubt)
            #expect(device.requests.count == 1)
        }
        try await serve { _ in
            .init(isSilent: true)
        } _: { device, drivers in
            // Long enough for a busy machine to have connected.
            let error = try await failure(drivers, device, limit: .seconds(5))
            #expect(error.code == .timeout)
            #expect(device.requests.count == 1)
        }
    }

    @Test("a device that refuses connections has switched nothing")
    func unreachable() async throws {
        try await serve { _ in
            .init()
        } _: { device, drivers in
            let error = try await failure(drivers, device, port: 1)
            #expect(error.code == .unreachable)
            #expect(!error.leavesDoubt)
        }
    }

    @Test("an answer that is too large is refused")
    func tooLarge() async throws {
        try await serve { _ in
            .init(body: String(repeating: "x", count: 2 << 20))
        } _: { device, drivers in
            let error = try await #require(throws: DriverError.self) { try await read(drivers, device) }
            #expect(error.code == .badReply)
        }
    }

    @Test(
        "a state is read from where it stands and nowhere else",
        arguments: [
            (StateLocator.whole, "on", true), (.whole, "Relay is ON\r\n", true), (.whole, "true", nil),
            (.pointer(OutletTemplate("/relays/{index}/on")), #"{"relays":[{"on":"ON"}]}"#, true),
            (.pointer(OutletTemplate("/relays/{index}/on")), #"{"relays":[]}"#, nil),
            (.pointer(OutletTemplate("/a~1b/c~0d")), #"{"a/b":{"c~d":0}}"#, false),
            (.pointer(OutletTemplate("/a")), #"{"a":{"on":1}}"#, nil),
            (.pointer(OutletTemplate("/a")), "on", nil),
            (.between(OutletTemplate("<r{outlet}>"), OutletTemplate("</r")), "<r0>1</r><r1> 0 </r1>", false),
            (.between(OutletTemplate("r1="), nil), "r1=1\nr2=0", true),
            (.between(OutletTemplate("r1="), OutletTemplate(";")), "r1=1", nil),
        ] as [(StateLocator, String, Bool?)]
    )
    func places(_ locator: StateLocator, _ answer: String, _ isOn: Bool?) async throws {
        try await serve { _ in
            .init(body: answer)
        } _: { device, drivers in
            let words = try #require(StateWords(on: ["on", "1"], off: ["off", "0"]))
            let driver = try driver(drivers, device, outlets: [1], locator: locator, words: words)
            let reading = try await driver.withSession { session async throws(DriverError) in
                try await session.read(.everything)
            }
            #expect(reading.outlets[try outlet(1)]?.state == isOn.map { $0 ? .on : .off })
        }
    }

    private func serve(
        _ answer: @escaping @Sendable (WebDevice.Request) -> WebDevice.Answer,
        _ body: (WebDevice, GenericDrivers) async throws -> Void
    ) async throws {
        let drivers = GenericDrivers(on: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
        do {
            try await WebDevice.serve(answer) { try await body($0, drivers) }
        } catch {
            await drivers.shutDown()
            throw error
        }
        await drivers.shutDown()
    }

    private func read(
        _ drivers: GenericDrivers,
        _ device: WebDevice,
        credentials: HTTPCredentials? = nil
    ) async throws -> DeviceReading {
        try await driver(drivers, device, credentials: credentials).withSession { session async throws(DriverError) in
            try await session.read(.everything)
        }
    }

    private func failure(
        _ drivers: GenericDrivers,
        _ device: WebDevice,
        port: Int? = nil,
        limit: Duration = .seconds(20)
    ) async throws -> DriverError {
        let driver = try driver(drivers, device, port: port, limit: limit)
        return try await #require(throws: DriverError.self) {
            try await driver.withSession { session async throws(DriverError) in
                try await session.set([try outlet(1): .on])
            }
        }
    }

    private func driver(
        _ drivers: GenericDrivers,
        _ device: WebDevice,
        outlets: [Int] = [1, 2],
        port: Int? = nil,
        locator: StateLocator = .pointer(OutletTemplate("/relays/{index}/on")),
        words: StateWords? = StateWords(on: ["true"], off: ["false"]),
        credentials: HTTPCredentials? = nil,
        limit: Duration = .seconds(20)
    ) throws -> HTTPDriver {
        let base = "http://127.0.0.1:\(port ?? device.port)"
        func switching(_ state: Bool) -> HTTPDriverConfiguration.Request {
            .init(
                method: "PUT",
                url: OutletTemplate("\(base)/relay/{index}"),
                headers: [.init(name: "Content-Type", value: "application/json")],
                body: OutletTemplate("{\"outlet\":{outlet},\"on\":\(state)}")
            )
        }
        return drivers.http(
            HTTPDriverConfiguration(
                name: "web",
                outlets: Set(outlets.compactMap(OutletNumber.init)),
                on: switching(true),
                off: switching(false),
                state: .init(method: "GET", url: OutletTemplate("\(base)/relays")),
                locator: locator,
                words: try #require(words),
                credentials: credentials,
                limit: limit
            )
        )
    }
}
