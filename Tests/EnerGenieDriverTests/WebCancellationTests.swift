import EnerGenieDriver
import PDUSimulator
import Power
import Testing

@Suite("Web interface: cancellation", .timeLimit(.minutes(10)))
struct WebCancellationTests {
    @Test(
        "in the middle of a request ends it at once, and the session is closed",
        arguments: EnerGenieHTTPMode.allCases
    )
    func midRequest(http: EnerGenieHTTPMode) async throws {
        try await Strip.with { strip in
            strip.device.mishaps[.switching] = .silence
            let driver = try strip.web(http: http)
            let code = try await withThrowingTaskGroup(of: DriverError.Code?.self) { tasks in
                tasks.addTask {
                    await failure {
                        try await driver.withSession { session throws(DriverError) in
                            try await session.set([.one: .on])
                        }
                    }?.code
                }
                await strip.device.record.wait(forTotal: 2)
                tasks.cancelAll()
                return try await tasks.next() ?? nil
            }
            #expect(code == .cancelled)
            #expect(strip.told == ["POST /login.html done", "POST / lost", "GET /login.html done"])
            #expect(strip.device.sessionOwner == nil)
        }
    }

    @Test("before anything was sent sends nothing")
    func before() async throws {
        try await Strip.with { strip in
            let driver = try strip.web()
            let code = try await withThrowingTaskGroup(of: DriverError.Code?.self) { tasks in
                tasks.cancelAll()
                tasks.addTask { await failure { _ = try await driver.states() }?.code }
                return try await tasks.next() ?? nil
            }
            #expect(code == .cancelled)
            #expect(strip.told.isEmpty)
        }
    }

    @Test("between requests still closes the session")
    func between() async throws {
        try await Strip.with { strip in
            let driver = try strip.web()
            let code = try await withThrowingTaskGroup(of: DriverError.Code?.self) { tasks in
                tasks.addTask {
                    await failure {
                        try await driver.withSession { session throws(DriverError) in
                            withUnsafeCurrentTask { $0?.cancel() }
                            try await session.set([.one: .on])
                        }
                    }?.code
                }
                return try await tasks.next() ?? nil
            }
            #expect(code == .cancelled)
            #expect(strip.told == ["POST /login.html done", "GET /login.html done"])
        }
    }
}
