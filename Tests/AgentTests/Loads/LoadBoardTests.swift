import Power
import TestSupport
import Testing

@testable import Agent

@Suite("What a load is")
struct LoadBoardTests {
    private let sent = Recorder<Publication>()
    private let board: LoadBoard
    private let one = OutletID("one/1") ?? LoadBench.feeds[0]
    private let two = OutletID("two/2") ?? LoadBench.feeds[1]

    init() {
        board = LoadBoard(topics: TopicMap(), tell: { _ in }, send: { [sent] in sent.append($0) })
        _ = board.adopt(["server": LoadRules(feeds: [one, two], requires: ["switch"]), "switch": rules("one/2")])
    }

    private func rules(_ feed: String) -> LoadRules { LoadRules(feeds: [OutletID(feed)].compactMap(\.self)) }

    private var words: [String] {
        sent.elements.map { "\($0.topic.dropFirst("lab/load/".count)) \(String(decoding: $0.payload, as: UTF8.self))" }
    }

    @Test("is published once every feed was read, when it changes, and again when a feed is")
    func states() {
        board.note(.on, of: one)
        #expect(words.isEmpty)
        board.note(.on, of: two)
        board.note(.off, of: one)
        board.note(.off, of: two)
        #expect(words == ["server/state ON", "server/state MIXED", "server/state OFF"])
        board.note(.off, of: two)
        #expect(words.last == "server/state OFF" && words.count == 4)
        board.note(.on, of: OutletID("two/7") ?? two)
        #expect(words.count == 4, "an outlet that feeds nothing")
    }

    @Test("is online while every PDU that feeds it is, and offline as soon as one is not")
    func availability() {
        let (first, second) = (one.pdu, two.pdu)
        board.note(isOnline: true, first)
        #expect(words == ["switch/availability online"])
        board.note(isOnline: true, second)
        board.note(isOnline: false, first)
        #expect(words.suffix(2) == ["server/availability offline", "switch/availability offline"])
        #expect(words.contains("server/availability online"))
    }

    @Test("is cleared when it leaves the configuration, when its feeds change, and when an outlet is gone")
    func clearing() {
        board.note(.on, of: one)
        board.note(.on, of: two)
        board.forget(two)
        #expect(words.last == "server/state ")
        board.note(.on, of: two)
        #expect(board.adopt(["server": rules("one/1")]) == [one.pdu])
        #expect(words.last == "server/state ")
        board.note(.off, of: one)
        #expect(words.last == "server/state OFF")
        #expect(board.adopt([:]).isEmpty)
        #expect(words.last == "server/state ")
    }

    @Test("forbids to switch it on above a load that is off, and off below one that is not")
    func requirements() {
        let on = Command(.on)
        let off = Command(.off)
        #expect(board.refusal(of: on, on: "server", target: .on)?.message?.contains("not known yet") == true)
        board.note(.off, of: OutletID("one/2") ?? one)
        #expect(board.refusal(of: on, on: "server", target: .on)?.code == .requires)
        #expect(board.refusal(of: Command(.on, force: true), on: "server", target: .on) == nil)
        board.note(.on, of: OutletID("one/2") ?? one)
        #expect(board.refusal(of: on, on: "server", target: .on) == nil)
        #expect(board.refusal(of: off, on: "switch", target: .off)?.code == .requires, "nobody has read the server")
        board.note(.off, of: one)
        board.note(.on, of: two)
        #expect(board.refusal(of: off, on: "switch", target: .off)?.code == .requires, "MIXED has power")
        #expect(board.refusal(of: Command(.off, force: true), on: "switch", target: .off) == nil)
        board.note(.off, of: two)
        #expect(board.refusal(of: off, on: "switch", target: .off) == nil)
        #expect(board.refusal(of: Command(.cycle), on: "switch", target: .off) == nil)
    }
}
