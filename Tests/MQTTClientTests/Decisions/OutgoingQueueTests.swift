import TestSupport
import Testing

@testable import MQTTClient

@Suite("Messages that wait to be sent")
struct OutgoingQueueTests {
    private func retained(_ topic: String, _ text: String) -> OutgoingMessage {
        OutgoingMessage(topic: topic, text: text, isRetained: true)
    }

    private func result(_ text: String) -> OutgoingMessage { OutgoingMessage(topic: "result", text: text) }

    private func queue(topics: Int = 100, others: Int = 100) -> OutgoingQueue {
        OutgoingQueue(maximumTopics: topics, maximumOthers: others)
    }

    private func drain(_ queue: inout OutgoingQueue) -> [String] {
        var texts: [String] = []
        while let entry = queue.popFirst() { texts.append(String(decoding: entry.message.payload, as: UTF8.self)) }
        #expect(queue.count == 0)
        return texts
    }

    @Test("Messages come out in the order in which they went in")
    func order() throws {
        var queue = queue()
        for message in [retained("a", "1"), result("2"), retained("b", "3"), result("4")] {
            #expect(try queue.append(message) == .queued)
        }
        #expect(drain(&queue) == ["1", "2", "3", "4"])
    }

    @Test("The newest retained message of a topic takes the place of the oldest, and all who wait get its outcome")
    func coalescing() throws {
        var queue = queue()
        _ = try queue.append(retained("a", "old"), waiter: 1)
        _ = try queue.append(result("then"))
        #expect(try queue.append(retained("a", "new"), waiter: 2) == .coalesced)
        #expect(queue.count == 2)
        let first = queue.popFirst()
        #expect(first?.message == retained("a", "new"))
        #expect(first?.waiters == [1, 2])
    }

    @Test("Equal messages that are not retained all stay")
    func resultsStay() throws {
        var queue = queue()
        for _ in 0..<3 { _ = try queue.append(result("x")) }
        #expect(queue.count == 3)
    }

    @Test("Of too many messages that are not retained the oldest goes, retained ones stay")
    func dropping() throws {
        var queue = queue(others: 2)
        _ = try queue.append(result("1"), waiter: 7)
        _ = try queue.append(retained("a", "2"))
        _ = try queue.append(result("3"))
        guard case .queuedDropping(let entry) = try queue.append(result("4")) else {
            Issue.record("nothing was dropped")
            return
        }
        #expect(entry.waiters == [7])
        #expect(drain(&queue) == ["2", "3", "4"])
    }

    @Test("A retained message on one topic too many is refused, one on a topic that waits is not")
    func topics() throws {
        var queue = queue(topics: 1)
        _ = try queue.append(retained("a", "1"))
        let error = #expect(throws: MQTTError.self) { try queue.append(retained("b", "2")) }
        #expect(error?.code == .queueFull)
        #expect(try queue.append(retained("a", "3")) == .coalesced)
        #expect(drain(&queue) == ["3"])
        _ = try queue.append(retained("b", "4"))
    }

    @Test("What is put back comes first, in its old order")
    func restoring() throws {
        var queue = queue()
        for text in ["1", "2", "3"] { _ = try queue.append(result(text)) }
        _ = try queue.append(retained("a", "4"))
        let taken = (0..<4).compactMap { _ in queue.popFirst() }
        _ = try queue.append(result("5"))
        let dropped = queue.restore(taken)
        #expect(dropped.isEmpty)
        #expect(drain(&queue) == ["1", "2", "3", "4", "5"])
    }

    @Test("A retained message that is put back gives its place to a newer one")
    func restoringCoalesces() throws {
        var queue = queue()
        _ = try queue.append(retained("a", "old"), waiter: 1)
        _ = try queue.append(result("1"))
        let taken = (0..<2).compactMap { _ in queue.popFirst() }
        _ = try queue.append(result("2"))
        _ = try queue.append(retained("a", "new"), waiter: 2)
        _ = try queue.append(result("3"))
        _ = queue.restore(taken)
        #expect(queue.count == 4)
        let first = queue.popFirst()
        #expect(first?.message == retained("a", "new"))
        #expect(first?.waiters == [1, 2])
        #expect(drain(&queue) == ["1", "2", "3"])
    }

    @Test("Of two of one topic that are put back the newer stays")
    func restoringTwo() throws {
        var queue = queue()
        _ = try queue.append(retained("a", "old"))
        var taken = [queue.popFirst()].compactMap(\.self)
        _ = try queue.append(retained("a", "new"))
        taken += [queue.popFirst()].compactMap(\.self)
        _ = queue.restore(taken)
        #expect(drain(&queue) == ["new"])
    }

    @Test("Putting back more than there is room for drops the oldest")
    func restoringTooMany() throws {
        var queue = queue(others: 2)
        for text in ["1", "2"] { _ = try queue.append(result(text)) }
        let taken = (0..<2).compactMap { _ in queue.popFirst() }
        for text in ["3", "4"] { _ = try queue.append(result(text)) }
        let dropped = queue.restore(taken)
        #expect(dropped.map(\.message) == [result("1"), result("2")])
        #expect(drain(&queue) == ["3", "4"])
    }

    @Test("A retained message is taken back where nobody waits for its end, and takes no room then")
    func withdrawing() throws {
        var queue = queue(topics: 2)
        _ = try queue.append(retained("a", "1"))
        _ = try queue.append(retained("b", "2"), waiter: 1)
        for topic in ["a", "b", "c"] { queue.withdraw(topic) }
        _ = try queue.append(retained("c", "3"))
        _ = try queue.append(result("4"))
        #expect(drain(&queue) == ["2", "3", "4"])
    }

    @Test("It behaves as a plain list does, whatever happens", arguments: 1...20)
    func againstModel(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var queue = queue(others: 1_000)
        var model: [OutgoingMessage] = []
        var taken: [OutgoingQueue.Entry] = []
        for step in 0..<3_000 {
            switch Int.random(in: 0..<11, using: &random) {
            case 10:
                let topic = "t\(Int.random(in: 0..<8, using: &random))"
                queue.withdraw(topic)
                model.removeAll { $0.topic == topic && $0.isRetained }
            case 0..<4:
                let message = retained("t\(Int.random(in: 0..<8, using: &random))", "\(step)")
                _ = try queue.append(message)
                if let index = model.firstIndex(where: { $0.topic == message.topic && $0.isRetained }) {
                    model[index] = message
                } else {
                    model.append(message)
                }
            case 4..<6:
                _ = try queue.append(result("\(step)"))
                model.append(result("\(step)"))
            case 6..<9:
                let entry = queue.popFirst()
                #expect(entry?.message == model.first)
                if let entry { taken.append(entry) }
                if !model.isEmpty { model.removeFirst() }
            default:
                _ = queue.restore(taken)
                for entry in taken.reversed() {
                    let topic = entry.message.topic
                    if entry.message.isRetained,
                        let index = model.firstIndex(where: { $0.isRetained && $0.topic == topic })
                    {
                        model.insert(model.remove(at: index), at: 0)
                    } else {
                        model.insert(entry.message, at: 0)
                    }
                }
                taken = []
            }
            #expect(queue.count == model.count)
        }
    }
}
