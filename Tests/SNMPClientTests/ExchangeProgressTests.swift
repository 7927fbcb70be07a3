import Testing

@testable import SNMPClient

@Suite("Tries of a request")
struct ExchangeProgressTests {
    @Test("there are as many tries as retries and one", arguments: [0, 1, 5])
    func tries(_ retries: Int) {
        var progress = ExchangeProgress(retries: retries)
        for _ in 0..<retries {
            #expect(progress.sendEnded(.sent) == .forAnswer)
            #expect(progress.waitEnded() == .send)
        }
        #expect(progress.sendEnded(.sent) == .forAnswer)
        #expect(progress.waitEnded() == .giveUp)
        #expect(progress.triesMade == retries + 1)
    }

    @Test("a request that cannot leave ends at once, unless an earlier try may be answered")
    func failedSend() {
        var progress = ExchangeProgress(retries: 1)
        #expect(progress.sendEnded(.failed(101)) == .notAtAll(101))
        #expect(!progress.hasLeft)
        #expect(progress.sendEnded(.sent) == .forAnswer)
        #expect(progress.waitEnded() == .send)
        #expect(progress.sendEnded(.failed(101)) == .forAnswer)
        #expect(progress.hasLeft)
    }

    @Test("waiting for room in the system's buffers costs no try, but has an end")
    func room() {
        var progress = ExchangeProgress(retries: 0)
        var waits = 0
        while progress.sendEnded(.busy) == .forRoom, waits < 1000 {
            #expect(progress.waitEnded() == .send)
            waits += 1
        }
        #expect(waits == 100)
        #expect(!progress.hasLeft)
        #expect(progress.waitEnded() == .giveUp)
    }

    @Test("a refusal unread costs no try, but not for ever")
    func corrections() {
        var progress = ExchangeProgress(retries: 0)
        #expect(progress.sendEnded(.sent) == .forAnswer)
        for _ in 0..<3 { #expect(progress.corrected() == .send) }
        #expect(progress.corrected() == .giveUp)
    }
}
