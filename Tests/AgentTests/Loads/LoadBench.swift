import Foundation
import Power

@testable import Agent

/// Drives a `LoadWork` by hand: time moves when the test says so, and the feeds do as they are told unless the test says
/// otherwise.
struct LoadBench {
    var work: LoadWork
    var moment = Moment.start + .seconds(1000)
    /// What feeds do with an order instead of carrying it out.
    var faults: [Int: [FeedOrder: Fault]] = [:]
    /// Whether each feed's outlet is kept at once.
    var keepsAtOnce = true
    var check = FeedCheck(refusal: nil, hold: .seconds(5), leastHold: .zero, mustBeRemembered: false)
    var refusal: Outcome?
    var journalFailure: String?
    /// What the feeds' devices read.
    var states: [PowerState]
    /// What was done, in order: `0 OFF`, `journal held`, `finish`.
    private(set) var log: [String] = []
    /// When each of them was done, in seconds from the start.
    private(set) var times: [Double] = []

    enum Fault {
        case says(FeedReport)
        case silence
    }

    static let feeds = ["one/1", "two/2"].compactMap { OutletID($0) }

    init(
        _ command: Command,
        stagger: Duration = .zero,
        states: [PowerState] = [.on, .on],
        isNoted: Bool = true,
        recovered: (stage: JournalEntry.Stage, due: Duration)? = nil
    ) {
        self.states = states
        let rules = LoadRules(feeds: Self.feeds, stagger: stagger)
        let begun = moment
        work = LoadWork(
            load: "server",
            rules,
            command,
            isNoted: isNoted,
            recovered: recovered.map { ($0.stage, begun + $0.due) },
            at: moment
        )
    }

    var now: Now { Now(moment: moment, wallTime: Date(timeIntervalSince1970: 1_800_000_000 + moment.inSeconds)) }

    /// Begins, and goes on as far as it goes without time.
    mutating func begin() {
        if keepsAtOnce { for place in states.indices { work.take(.feed(place, .ready), at: now) } }
        settle()
    }

    mutating func take(_ event: LoadWork.Event) {
        work.take(event, at: now)
        settle()
    }

    /// Lets time pass, with everything that is due meanwhile.
    mutating func wait(_ duration: Duration) {
        let end = moment + duration
        settle()
        while case let next = work.nextMoment(at: now), next <= end {
            moment = max(next, moment + .nanoseconds(1))
            settle()
        }
        moment = max(moment, end)
        settle()
    }

    /// Begins and goes on until it has ended.
    mutating func finish() {
        begin()
        wait(.seconds(3600))
    }

    private mutating func settle() {
        for _ in 0..<100 {
            work.advance(at: now)
            let effects = work.takeEffects()
            if effects.isEmpty { return }
            for effect in effects { carryOut(effect) }
        }
    }

    private mutating func carryOut(_ effect: LoadWork.Effect) {
        switch effect {
        case .check:
            let feeds = Array(repeating: check, count: states.count)
            work.take(.checked(LoadWork.Check(feeds: feeds, refusal: refusal)), at: now)
        case .journal(let stage, _, let isAwaited):
            note("journal \(stage)")
            if isAwaited {
                let refusal = journalFailure.map { Outcome.rejected(.journalFailed, $0) }
                work.take(.journalled(stage, refusal: refusal), at: now)
            }
        case .order(let orders):
            for (place, order) in orders.sorted(by: { $0.key < $1.key }) {
                note("\(place) \(order.word)")
                answer(place, order)
            }
        case .release(let places): note("release \(places)")
        case .finish: note("finish")
        case .leave: note("leave")
        }
    }

    private mutating func answer(_ place: Int, _ order: FeedOrder) {
        switch (faults[place]?[order], order) {
        case (.says(let report), _): return work.take(.feed(place, report), at: now)
        case (.silence, _): return
        case (nil, _): break
        }
        switch order {
        case .read: work.take(.feed(place, .reads(states[place])), at: now)
        case .take(let state), .comeBack(let state):
            states[place] = state
            work.take(.feed(place, .settled(.done(state), .milliseconds(3))), at: now)
        }
    }

    private mutating func note(_ text: String) {
        log.append(text)
        times.append((moment - (.start + .seconds(1000))).inSeconds)
    }
}

extension FeedOrder {
    var word: String {
        switch self {
        case .read: "read"
        case .take(let state): "\(state)"
        case .comeBack(let state): "back \(state)"
        }
    }
}
