import Foundation
import PDUSimulator
import Power
import TestSupport
import Testing

/// A load's cycle with each trouble, at each of its feeds, in each of its halves. What an agent's death does is in
/// `LoadCrashTests`, a power cut in `LoadPowerCutTests`.
@Suite("A load's cycle when one feed has trouble in one half of it", .timeLimit(.minutes(10)))
struct LoadMatrixTests {
    enum Feed: CaseIterable, Sendable { case strip, rack }

    enum Trouble: CaseIterable, Sendable {
        /// The device gives no sign of life.
        case silent
        /// It answers, and does not switch.
        case refuses
        /// Each of its answers takes a third of a second.
        case slow
        /// It switches, and reads the old state for longer than the settle window.
        case late

        var faults: Faults {
            switch self {
            case .silent: Faults(isDead: true)
            case .refuses: Faults(isRefusing: true)
            case .slow: Faults(latency: .milliseconds(350))
            case .late: Faults(settleLag: .seconds(4))
            }
        }
    }

    enum Half: CaseIterable, Sendable { case off, on }

    struct Case: Sendable, CustomTestStringConvertible {
        var feed: Feed
        var trouble: Trouble
        var half: Half
        var testDescription: String { "\(feed) \(trouble) when it goes \(half)" }
    }

    private static let cases = Feed.allCases.flatMap { feed in
        Trouble.allCases.flatMap { trouble in Half.allCases.map { Case(feed: feed, trouble: trouble, half: $0) } }
    }

    @Test(
        "never has one feed on while the other is off for the cycle, ends on, and says truly how it went",
        arguments: cases
    )
    func cycle(at point: Case) async throws {
        try await Bench.run { bench in
            let bed = try await LoadBed(isImpatient: true)
            try await bench.start(bed.file)
            try await bench.observer.message(on: "lab/load/server/state") { $0 == "ON" }
            let mark = bench.observer.mark
            let result = "lab/load/server/result"
            let command = #"{"action":"CYCLE","off_time":0.6,"id":"c","limit":8}"#
            if point.half == .off { bed.set(point.trouble.faults, of: point.feed) }
            try await bench.observer.send("lab/load/server/set", command)
            if point.half == .on {
                try await bench.observer.message(on: "lab/load/server/state", from: mark) { $0 == "OFF" }
                bed.set(point.trouble.faults, of: point.feed)
            }
            switch point.trouble {
            case .silent:
                // The other feed goes off, and comes back although this one says nothing.
                let other = point.feed == .strip ? "rack/2" : "strip/1"
                let off = try await bench.waitForState(other, "OFF", from: mark)
                try await bench.waitForState(other, "ON", from: off)
                #expect(bench.observer.texts(on: result, from: mark) == [], "one feed is still dark")
                bed.set(Faults(), of: point.feed)
            case .refuses:
                try await waitUntil { bed.refusals(of: point.feed) > 0 }
                bed.set(Faults(), of: point.feed)
            case .slow, .late: break
            }
            let answer = try await bench.loadAnswer("server", id: "c", from: mark)
            bed.set(Faults(), of: point.feed)

            #expect(answer.state == "ON" && bed.states == [.on, .on], "\(answer)")
            let name = point.feed == .strip ? "strip/1" : "rack/2"
            switch (point.trouble, point.half) {
            case (.slow, _): #expect(answer.verdict == "done", "\(answer)")
            case (.silent, .off), (.refuses, .off):
                #expect(["failed", "unknown"].contains(answer.status), "\(answer)")
                #expect(answer.error?.message.contains(name) == true, "\(answer)")
            case (.late, .off):
                #expect(answer.verdict == "failed/mismatch", "\(answer)")
                #expect(answer.error?.message.contains(name) == true, "\(answer)")
            case (_, .on): #expect(["done", "unknown", "failed"].contains(answer.status), "\(answer)")
            }
            if answer.verdict == "done" { expectDarkness(bed) }
            #expect(bench.observer.texts(on: result, from: mark).count == 1)

            // The same id again is answered with the first outcome, and switches nothing.
            let count = bed.words.count
            let again = bench.observer.mark
            try await bench.observer.send("lab/load/server/set", command)
            #expect(try await bench.loadAnswer("server", id: "c", from: again).verdict == answer.verdict)
            #expect(bed.words.count == count)
            await bed.rack.stop()
        }
    }

    /// Both feeds were off together for the off time, as the devices wrote it down.
    private func expectDarkness(_ bed: LoadBed) {
        let done = bed.executed
        let off = done.filter { $0.word.hasSuffix("0") }.map(\.at)
        let on = done.filter { $0.word.hasSuffix("1") }.map(\.at)
        guard let last = off.max(), let first = on.min() else {
            Issue.record("it is done, and not every feed was switched: \(done)")
            return
        }
        #expect(off.count >= 2 && first - last >= 600_000_000, "\(done)")
    }
}

extension LoadBed {
    fileprivate func set(_ faults: Faults, of feed: LoadMatrixTests.Feed) {
        switch feed {
        case .strip: strip.faults = faults
        case .rack: rack.setFaults(faults)
        }
    }

    /// The switches that the device carried out.
    fileprivate var executed: [(word: String, at: Int64)] {
        let strips = strip.record.entries.filter { $0.outlet == 1 && $0.outcome == "done" }
            .map { ("s\($0.value)", $0.nanoseconds) }
        let racks = rack.record.entries.filter { $0.outlet == 2 && $0.outcome == "done" }
            .map { ("r\($0.value)", $0.nanoseconds) }
        return (strips + racks).sorted { $0.1 < $1.1 }
    }

    fileprivate func refusals(of feed: LoadMatrixTests.Feed) -> Int {
        switch feed {
        case .strip: strip.record.entries.count { $0.outlet == 1 && $0.outcome != "done" }
        case .rack: rack.record.entries.count { $0.outlet == 2 && $0.outcome != "done" }
        }
    }
}
