import Testing

@testable import MQTTClient

@Suite("Suspicion of a second client with the same id")
struct TakeoverSuspicionTests {
    private func warnings(_ lifetimes: [Duration], closedByBroker: Bool) -> [Bool] {
        var suspicion = TakeoverSuspicion()
        return lifetimes.map { suspicion.connectionLost(after: $0, closedByBroker: closedByBroker) }
    }

    @Test("Two connections that the broker closes soon are told of, once until one has lasted")
    func twice() {
        let lifetimes: [Duration] = [1, 1, 1, 20, 1, 3_600, 1, 1].map { .seconds($0) }
        let expected = [false, true, false, false, false, false, false, true]
        #expect(warnings(lifetimes, closedByBroker: true) == expected)
    }

    @Test("Connections that break in other ways, or after some time, are not suspect")
    func others() {
        #expect(!warnings(Array(repeating: .seconds(1), count: 10), closedByBroker: false).contains(true))
        #expect(!warnings(Array(repeating: .seconds(11), count: 10), closedByBroker: true).contains(true))
    }
}
