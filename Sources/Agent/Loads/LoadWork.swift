import Foundation
import Power

/// Decides how one command for a load goes on: which feeds are told what and when, and how the command ends.
///
/// It takes events and gives effects, as a lane's schedule does, and never asks for the time. The feeds' outlets are kept
/// for the command from the moment at which each has its turn until the end, so nothing else is done to them meanwhile.
struct LoadWork {
    /// What happens to it.
    enum Event: Sendable {
        /// How a feed does.
        case feed(Int, FeedReport)
        /// What the feeds and the loads that depend on each other say to the command as it would begin now.
        case checked(Check)
        /// The journal has the entry on the disk, or cannot have it, and work is refused for that.
        case journalled(JournalEntry.Stage, refusal: Outcome?)
        /// The agent stops: nothing new begins, and what runs has until the moment.
        case stop(until: Moment)
        /// Another agent is to have a PDU of it: what does nothing for so long is left to that one.
        case handOver(resting: Duration)
        /// The agent has stopped.
        case cancel
    }

    /// What has to be done for it.
    enum Effect: Equatable {
        /// Ask the feeds' lanes, and the loads it depends on, whether it may begin; the target is not known of a toggle.
        case check(target: PowerState?)
        /// Have the journal write how far it has come; awaited means that it goes on after that.
        case journal(JournalEntry.Stage, due: Moment, isAwaited: Bool)
        /// Tell feeds what to do, all at once.
        case order([Int: FeedOrder])
        /// Let feeds go.
        case release([Int])
        /// It has ended: keep the result, tell it, and let every feed go.
        case finish
        /// The agent stops; the next start finishes what is in the journal.
        case leave
    }

    /// What speaks against it, and how long it would last.
    struct Check: Sendable, Equatable {
        var feeds: [FeedCheck]
        /// Another load is not as it has to be.
        var refusal: Outcome?
    }

    enum Step: Equatable {
        /// Waits until every feed's outlet is kept for it.
        case gathering
        /// Waits for its own delay.
        case delayed(until: Moment)
        /// Waits for the answer to `check`.
        case checking(target: PowerState?)
        /// `TOGGLE`: waits for the feeds to be read.
        case asking
        /// Waits for the journal before anything is sent.
        case recording(target: PowerState)
        /// The feeds are told to take the state that the command asks for: the off half of a cycle.
        case switching(PowerState, since: Moment)
        /// Every feed was told; waits for the time of the way back.
        case holding(until: Moment)
        /// The feeds are told to take the last state.
        case returning(PowerState, since: Moment)
        case ended
    }

    struct Feed {
        let outlet: OutletID
        /// Whether the outlet is kept for the command.
        var isKept = false
        /// Whether it was told something and has not said how that ended.
        var isBusy = false
        /// Whether it was told to switch in this half.
        var wasTold = false
        /// Whether it was told to switch at all.
        var wasTouched = false
        /// What went wrong with it first.
        var trouble: Outcome?
        /// What it was last read as for this command.
        var state: PowerState?
        var deviceTime = Duration.zero
        /// Whether it cannot be told anything any more.
        var isLost = false

        mutating func lose(_ outcome: Outcome) {
            isLost = true
            isKept = false
            isBusy = false
            trouble = trouble ?? outcome
        }
    }

    let load: String
    let command: Command
    let stagger: Duration
    let receivedAt: Moment
    /// Not started by then, the command is expired: the end of the message's expiry.
    let expiresAt: Moment?
    private(set) var step = Step.gathering
    private(set) var feeds: [Feed]
    private(set) var startedAt: Moment?
    /// How it ends when not by what its feeds say.
    private(set) var outcome: Outcome?
    private(set) var mustBeRemembered = false
    private var effects: [Effect] = []
    private var check: Check?
    private var stopLimit: Moment?
    /// What rests for longer is left to another agent.
    private var restLimit: Duration?
    /// Until when a plain command waits for the journal to note its id; nothing when it does not.
    private var notedBy: Moment?
    /// Why what has begun has to end now.
    private var hurry: Outcome?
    /// Whether what is in the journal is left to the next start.
    private var isLeft = false
    /// Whether the journal has, or soon has, an entry that the next start goes on with.
    private var isInJournal: Bool
    /// Work of an earlier process, and how far it had come.
    private let recovered: (stage: JournalEntry.Stage, due: Moment)?

    /// For how long feeds that are back are kept while others are not.
    private static let longestWaitForOthers = Duration.seconds(15)

    /// A command that has just arrived.
    init(
        load: String,
        _ rules: LoadRules,
        _ command: Command,
        isNoted: Bool = true,
        expiresAt: Moment? = nil,
        recovered: (stage: JournalEntry.Stage, due: Moment)? = nil,
        at now: Moment
    ) {
        self.load = load
        self.command = command
        stagger = rules.stagger
        receivedAt = now
        self.expiresAt = expiresAt
        self.recovered = recovered
        isInJournal = recovered != nil
        notedBy = isNoted ? nil : now + LaneSchedule.longestNoting
        feeds = rules.feeds.map { Feed(outlet: $0) }
    }

    // MARK: - What is asked of it

    /// Gives away what has to be done, in order.
    mutating func takeEffects() -> [Effect] {
        defer { effects = [] }
        return effects
    }

    /// When it goes on although nothing comes in.
    func nextMoment(at now: Now) -> Moment {
        let deadline = hasActed ? .never : deadline(at: now) ?? .never
        switch step {
        case .delayed(let until): return min(until, deadline)
        case .recording: return min(notedBy ?? .never, deadline)
        case .gathering, .checking, .asking: return deadline
        case .holding(let until): return until
        case .switching(_, let since): return nextTurn(since)
        case .returning(_, let since): return min(nextTurn(since), isPartlyBack ? since + patience : .never)
        case .ended: return .never
        }
    }

    /// Whether a feed may have been told to switch.
    var hasActed: Bool {
        switch step {
        case .gathering, .delayed, .checking, .asking, .recording: false
        case .switching, .holding, .returning: true
        case .ended: startedAt != nil
        }
    }

    var isOver: Bool { step == .ended }

    private func deadline(at now: Now) -> Moment? {
        [command.deadline.map(now.moment(of:)), expiresAt].compactMap(\.self).min()
    }

    /// Whether an earlier process has begun it, so that it has to be finished whatever speaks against it.
    private var wasBegun: Bool { recovered.map { $0.stage != .delayed } ?? false }

    private var patience: Duration { command.limit ?? Self.longestWaitForOthers }

    // MARK: - What comes in

    /// Takes an event. `advance` has to be called after it.
    mutating func take(_ event: Event, at now: Now) {
        switch event {
        case .feed(let place, let report): take(report, of: place, at: now)
        case .checked(let check): take(check, at: now)
        case .journalled(let stage, let refusal): journalled(stage, refusal, at: now)
        case .stop(let limit): stop(until: limit)
        case .handOver(let rest): restLimit = rest
        case .cancel: cancel()
        }
    }

    private mutating func take(_ report: FeedReport, of place: Int, at now: Now) {
        guard !isOver else { return }
        switch report {
        case .ready: feeds[place].isKept = true
        case .refused(let outcome): feeds[place].lose(outcome)
        case .lost(let outcome, let isForGood):
            feeds[place].lose(outcome)
            if !isForGood { isLeft = isInJournal }
        case .taken(let outcome):
            feeds[place].lose(outcome)
            // The agent that comes to own every PDU of it goes on with what is in the journal.
            if isInJournal { leave() }
        case .reads(let state):
            feeds[place].isBusy = false
            feeds[place].state = state
        case .settled(let outcome, let deviceTime):
            feeds[place].isBusy = false
            feeds[place].deviceTime = deviceTime
            feeds[place].state = outcome.state
            if outcome.status != .done { feeds[place].trouble = feeds[place].trouble ?? outcome }
        case .hurry(let reason): hurry = hurry ?? reason
        }
    }

    private mutating func take(_ check: Check, at now: Now) {
        guard case .checking(let target) = step else { return }
        self.check = check
        mustBeRemembered = check.feeds.contains(where: \.mustBeRemembered)
        if !wasBegun {
            for (place, feed) in check.feeds.enumerated() {
                if let refusal = feed.refusal { feeds[place].trouble = refusal }
            }
            if let refusal = check.refusal { return finish(refusal) }
            if feeds.contains(where: { $0.trouble != nil }) { return finish(nil) }
        }
        if let target {
            record(target, at: now)
        } else {
            step = .asking
            startedAt = startedAt ?? now.moment
            tell(.read, Array(feeds.indices))
        }
    }

    /// Has the journal know of the command before anything is sent.
    private mutating func record(_ target: PowerState, at now: Now) {
        if let recovered, wasBegun { return goOn(with: recovered, target, at: now) }
        step = .recording(target: target)
        guard command.needsJournal else { return }
        isInJournal = true
        effects.append(.journal(.acting, due: now.moment + holdTime, isAwaited: true))
    }

    private mutating func journalled(_ stage: JournalEntry.Stage, _ refusal: Outcome?, at now: Now) {
        switch (stage, step) {
        case (.accepted, _): notedBy = nil
        case (.delayed, .delayed), (.acting, .recording):
            if let refusal { return finish(refusal) }
            if case .recording(let target) = step { begin(target, at: now) }
        default: return
        }
    }

    private mutating func stop(until limit: Moment) {
        stopLimit = limit
        switch step {
        case .delayed: leave()
        case .holding(let until) where until > limit: leave()
        case .gathering, .checking, .asking, .recording:
            if recovered == nil { finish(LaneSchedule.stopping) } else { leave() }
        case .switching, .holding, .returning, .ended: return
        }
    }

    private mutating func cancel() {
        guard !isOver else { return }
        if isInJournal { return leave() }
        let words = "the agent was stopped before the read-back"
        finish(hasActed ? Outcome(.unknown, code: .stopping, message: words) : LaneSchedule.stopping)
    }

    // MARK: - How it goes on

    /// Moves on as far as the time and what has come in allow.
    mutating func advance(at now: Now) {
        while moveOn(at: now) {}
    }

    /// - Returns: whether the step has changed.
    private mutating func moveOn(at now: Now) -> Bool {
        if !hasActed, !isOver, let late = refusalBeforeStart(at: now) {
            finish(late)
            return true
        }
        if let restLimit, let until = restsUntil, until > now.moment + restLimit {
            leave()
            return true
        }
        switch step {
        case .gathering: return gathered(at: now)
        case .delayed(let until):
            guard until <= now.moment else { return false }
            ask()
        case .asking: return asked(at: now)
        case .recording(let target):
            guard !command.needsJournal, (notedBy ?? .start) <= now.moment else { return false }
            begin(target, at: now)
        case .switching(let target, let since): return switched(target, since, at: now)
        case .holding(let until):
            guard let last = command.finalState, until <= now.moment || hurry != nil else { return false }
            if let hurry, until > now.moment {
                let words = "\(hurry.message ?? ""); the load went \(last) before its time"
                outcome = outcome ?? .failed(.unknownPDU, words)
            }
            comeBack(to: last, at: now)
        case .returning(_, let since): return returned(since, at: now)
        case .checking, .ended: return false
        }
        return true
    }

    /// Until when it does nothing, and the journal has it.
    private var restsUntil: Moment? {
        guard isInJournal else { return nil }
        return switch step {
        case .delayed(let until), .holding(let until): until
        case .gathering, .checking, .asking, .recording, .switching, .returning, .ended: nil
        }
    }

    /// Why a command that has done nothing yet does not begin any more.
    private func refusalBeforeStart(at now: Now) -> Outcome? {
        guard !wasBegun else { return nil }
        if let hurry { return hurry }
        return deadline(at: now).flatMap { $0 <= now.moment ? LaneSchedule.expired : nil }
    }

    private mutating func gathered(at now: Now) -> Bool {
        if !wasBegun, feeds.contains(where: \.isLost) {
            finish(nil)
            return true
        }
        guard feeds.allSatisfy({ $0.isKept || $0.isLost }) else { return false }
        if let delay = command.delay, recovered == nil, receivedAt + delay > now.moment {
            step = .delayed(until: receivedAt + delay)
            isInJournal = true
            effects.append(.journal(.delayed, due: receivedAt + delay, isAwaited: true))
        } else if let recovered, recovered.stage == .delayed, recovered.due > now.moment {
            step = .delayed(until: recovered.due)
        } else {
            ask()
        }
        return true
    }

    /// Asks whether it may begin.
    private mutating func ask() {
        let target: PowerState? =
            switch command.action {
            case .on: .on
            case .off, .cycle: .off
            case .toggle: nil
            }
        step = .checking(target: target)
        effects.append(.check(target: target))
    }

    private mutating func asked(at now: Now) -> Bool {
        guard feeds.allSatisfy({ !$0.isBusy }) else { return false }
        guard feeds.allSatisfy({ $0.trouble == nil }) else {
            finish(nil)
            return true
        }
        // What has power on any feed is on, for whoever wants the opposite.
        let target: PowerState = feeds.contains { $0.state == .on } ? .off : .on
        step = .checking(target: target)
        effects.append(.check(target: target))
        return true
    }

    private mutating func begin(_ target: PowerState, at now: Now) {
        startedAt = startedAt ?? now.moment
        step = .switching(target, since: now.moment)
    }

    private mutating func switched(_ target: PowerState, _ since: Moment, at now: Now) -> Bool {
        let hasTrouble = !wasBegun && feeds.contains { $0.trouble != nil }
        if hasTrouble || hurry != nil || stopLimit != nil {
            skipTheRest()
        } else {
            tellDue(.take(target), since, at: now.moment)
        }
        guard feeds.allSatisfy({ !$0.isBusy && ($0.wasTold || $0.isLost) }) else { return false }
        if isLeft {
            leave()
            return true
        }
        guard command.hasWayBack else {
            finish(nil)
            return true
        }
        let isProven = feeds.allSatisfy { $0.trouble == nil }
        // Whoever is off although another one is not has to be on again; whoever is on stays so for its time.
        let hold = isProven || target == .on ? holdTime : leastHoldTime
        beginHold(until: now.moment + hold, isProven: isProven)
        return true
    }

    private mutating func beginHold(until moment: Moment, isProven: Bool) {
        if isProven { effects.append(.journal(.held, due: moment, isAwaited: false)) }
        step = .holding(until: moment)
        if let stopLimit, moment > stopLimit { leave() }
    }

    /// The feeds whose turn has not come stay as they are, because one before them failed.
    private mutating func skipTheRest() {
        for place in feeds.indices where !feeds[place].wasTold && !feeds[place].isLost {
            feeds[place].wasTold = true
            let before = feeds.first { $0.trouble != nil }?.outlet
            let why = before.map { "\($0) failed" } ?? hurry?.message ?? "the agent is shutting down"
            feeds[place].trouble =
                feeds[place].trouble ?? .rejected(.groupStopped, "\(feeds[place].outlet) was left alone: \(why)")
        }
    }

    private mutating func comeBack(to state: PowerState, at now: Now) {
        for place in feeds.indices {
            // What was left alone is as it was.
            feeds[place].wasTold = !feeds[place].wasTouched && !wasBegun
        }
        step = .returning(state, since: now.moment)
    }

    private mutating func returned(_ since: Moment, at now: Now) -> Bool {
        guard case .returning(let state, _) = step else { return false }
        tellDue(.comeBack(state), since, at: now.moment)
        guard feeds.allSatisfy({ !$0.isBusy && ($0.wasTold || $0.isLost) }) else {
            // A device that stays silent must not keep the other feeds from taking commands.
            if since + patience <= now.moment { releaseThoseBack() }
            return false
        }
        if isLeft { leave() } else { finish(nil) }
        return true
    }

    private var isPartlyBack: Bool { feeds.contains { $0.isKept && $0.wasTold && !$0.isBusy } }

    private mutating func releaseThoseBack() {
        let back = feeds.indices.filter { feeds[$0].isKept && feeds[$0].wasTold && !feeds[$0].isBusy }
        guard !back.isEmpty else { return }
        for place in back { feeds[place].isKept = false }
        effects.append(.release(back))
    }

    // MARK: - Feeds

    /// When the next feed has its turn.
    private func nextTurn(_ since: Moment) -> Moment {
        guard let place = feeds.firstIndex(where: { !$0.wasTold && !$0.isLost }) else { return .never }
        return since + stagger * place
    }

    private mutating func tellDue(_ order: FeedOrder, _ since: Moment, at now: Moment) {
        let due = feeds.indices.filter { place in
            feeds[place].isKept && !feeds[place].wasTold && since + stagger * place <= now
        }
        tell(order, due)
    }

    private mutating func tell(_ order: FeedOrder, _ places: [Int]) {
        guard !places.isEmpty else { return }
        for place in places {
            feeds[place].isBusy = true
            if order == .read { continue }
            feeds[place].wasTold = true
            feeds[place].wasTouched = true
        }
        effects.append(.order(Dictionary(uniqueKeysWithValues: places.map { ($0, order) })))
    }

    private var holdTime: Duration { check?.feeds.map(\.hold).max() ?? .zero }
    private var leastHoldTime: Duration { check?.feeds.map(\.leastHold).max() ?? .zero }

    // MARK: - Work of an earlier process

    /// Goes on with what an earlier process has begun: nobody knows which feeds it had told.
    private mutating func goOn(
        with recovered: (stage: JournalEntry.Stage, due: Moment),
        _ target: PowerState,
        at now: Now
    ) {
        startedAt = now.moment
        guard command.hasWayBack else { return begin(target, at: now) }
        if recovered.stage != .held {
            let last = target.opposite
            outcome = .unknown(
                .agentDied,
                "the agent died while this ran; whether every feed of \(load) was \(target) is not known, now it is \(last)"
            )
        }
        // A wall clock that was set back does not make it wait longer, and a protection that counts time holds.
        let latest = min(recovered.due, now.moment + holdTime)
        let until = recovered.stage == .held ? latest : max(latest, now.moment + leastHoldTime)
        step = .holding(until: until)
    }

    // MARK: - How it ends

    private mutating func finish(_ outcome: Outcome?) {
        guard !isOver else { return }
        if let outcome { self.outcome = self.outcome ?? outcome }
        if !hasActed { startedAt = nil }
        step = .ended
        effects.append(.finish)
    }

    private mutating func leave() {
        guard !isOver else { return }
        step = .ended
        effects.append(.leave)
    }

    /// How the command as a whole ended.
    var conclusion: Outcome {
        let state = state
        // What certainly is not so says more than what nobody knows.
        let worst =
            feeds.first { $0.trouble?.status == .failed } ?? feeds.first { $0.trouble?.status == .unknown }
            ?? feeds.first { $0.trouble != nil }
        if let outcome, outcome.status != .unknown || worst?.trouble?.status != .failed {
            return outcome
        }
        guard let trouble = worst?.trouble, let place = worst?.outlet else {
            return Outcome(.done, state: nil, message: nil)
        }
        var whole = trouble
        whole.state = nil
        if startedAt != nil, whole.status == .rejected { whole.status = .failed }
        let words = whole.message ?? whole.status.rawValue
        whole.message = words.contains("\(place)") ? words : "\(place): \(words)"
        if let state, startedAt != nil { whole.message = "\(whole.message ?? ""); \(load) is \(state.rawValue)" }
        return whole
    }

    /// What the load is, where every feed was read for the command.
    var state: LoadState? { LoadState(feeds.map(\.state)) }

    /// What became of each feed.
    var feedResults: [LoadResult.Feed] {
        feeds.map { feed in
            LoadResult.Feed(
                pdu: feed.outlet.pdu.rawValue,
                outlet: feed.outlet.outlet.rawValue,
                status: feed.trouble?.status ?? (feed.wasTouched && feed.state != nil ? .done : nil),
                state: feed.state,
                error: feed.trouble.flatMap(CommandResult.Problem.init)
            )
        }
    }
}
