import Testing

@testable import MQTTClient

@Suite("What is logged of failures that go on")
struct FailureLogTests {
    private let one = MQTTError(.tls, "one")
    private let other = MQTTError(.tls, "other")

    @Test("A failure is new when its reason or subject is another one")
    func news() {
        var log = FailureLog()
        let failures = [(one, "a"), (one, "a"), (other, "a"), (one, "a"), (one, "b"), (one, "a")]
        #expect(failures.map { log.isNew($0, of: $1) } == [true, false, true, true, true, false])
    }

    @Test("A failure is new again when it had been overcome")
    func overcome() {
        var log = FailureLog()
        for subject in ["a", "b"] { _ = log.isNew(one, of: subject) }
        log.succeeded("a")
        #expect(["a", "b"].map { log.isNew(one, of: $0) } == [true, false])
        log.reset()
        #expect(["a", "b"].map { log.isNew(one, of: $0) } == [true, true])
    }

    @Test("It does not grow without end")
    func bounded() {
        var log = FailureLog()
        let new = (0..<20_000).count { log.isNew(one, of: "\($0)") }
        #expect(new == 10_000)
    }
}
