import Foundation
import Power

/// What an outlet is busy with: one command, from its start until its end is on the disk.
///
/// Each step holds only what that step needs, so a command that waits for its delay cannot have been sent, and a switch
/// that was not sent cannot be in doubt. An event changes the step and gives back the one thing that has to follow.
struct OutletWork {
    /// How far the command has come.
    enum Step {
        /// Waits for the command's own delay. Nothing was done.
        case delayed(until: Moment)
        /// Waits for the journal before anything is sent.
        case recording(Record)
        /// Keeps the outlet for a load's command, which says what is done to it and when it is let go.
        case kept
        /// `TOGGLE`: waits for a reading, to know which state is wanted.
        case asking
        /// Wants the state that the command asks for; the off half of a cycle.
        case switching(Switching)
        /// Wants the device to cycle the outlet by itself. It is sent once.
        case cyclingByDevice(sentAt: Moment?)
        /// Is in the first state, and waits for the time of the way back.
        case holding(Hold)
        /// Wants the last state: the on half of a cycle, the end of `for`. It is tried until the device agrees.
        case returning(Switching, Hold)
        /// Has ended. The outlet is kept until the journal has the end on the disk: what is sent to the outlet after
        /// this command must not be undone by a start that finds the command unfinished.
        case ending
    }

    /// What the command waits for in the journal.
    enum Record {
        /// The note of a named plain command. It is only waited for until the moment.
        case note(until: Moment)
        /// The entry of work that must be finished. Nothing is sent without it.
        case work
    }

    /// One state that the device is to take, and what is known of it.
    struct Switching {
        /// What is known of the request.
        enum Progress {
            /// No request has left.
            case unsent
            /// The device accepted it. It is read back until it agrees, or the settle window is over.
            case accepted(at: Moment, nextRead: Moment)
            /// A request left and nobody knows whether it was done. The device is read before it is sent again.
            case doubtful(DriverError, nextRead: Moment)
            /// The device was read after a doubtful request and has the other state: the request is sent again.
            case lost(DriverError?)
            /// The device comes to the state by itself, at the latest at the moment.
            case expected(until: Moment, nextRead: Moment)
        }

        let target: PowerState
        var progress = Progress.unsent
        /// Before when no request leaves: a circuit's turn, or the pause after a refusal.
        var notBefore: Moment
        /// Whether the device refused to switch this outlet together with others.
        var mustBeAlone = false
        /// When the newest request left.
        var sentAt: Moment?
        /// How often a device that answers has refused or disagreed, on a way back.
        var refusals = 0

        init(_ target: PowerState, notBefore: Moment) {
            self.target = target
            self.notBefore = notBefore
        }

        /// Whether a request is wanted now or later.
        var wantsToSend: Bool {
            switch progress {
            case .unsent, .lost: true
            case .accepted, .doubtful, .expected: false
            }
        }

        /// When the device is to be read back; nothing while a request has to leave first.
        var nextRead: Moment? {
            switch progress {
            case .accepted(_, let nextRead), .doubtful(_, let nextRead), .expected(_, let nextRead): nextRead
            case .unsent, .lost: nil
            }
        }
    }

    /// The time between the first state and the way back.
    struct Hold {
        /// When the way back begins.
        var until: Moment
        /// Whether the device was seen in the first state, or accepted to cycle by itself.
        var isProven: Bool
        /// Why the command cannot end as `done` any more.
        var trouble: Outcome?
    }

    /// The command, and equal ones that share its switch; the first is the one that runs.
    private(set) var tickets: [Ticket]
    private(set) var step: Step
    /// When the command first acted; nothing while it can still be refused.
    private(set) var startedAt: Moment?
    /// The time spent waiting for the device's answers.
    var deviceTime = Duration.zero
    /// How long the command may wait for its device.
    var patience: Patience
    /// Since when it is asked whether the request may leave, while nobody can tell, and why not.
    private(set) var unpermitted: (since: Moment, error: DriverError)?
    /// How much longer than the command each of the others may wait, which came later.
    private var spares: [UInt64: Duration]

    var ticket: Ticket { tickets[0] }
    var command: Command { tickets[0].command }

    init(tickets: [Ticket], patience: Patience, spares: [UInt64: Duration] = [:]) {
        self.tickets = tickets
        self.patience = patience
        self.spares = spares
        step = .asking
    }

    // MARK: - What it is doing

    /// Whether a request to switch has left.
    var wasSent: Bool {
        switch step {
        case .delayed, .recording, .kept, .asking: false
        case .switching(let switching): switching.sentAt != nil
        case .cyclingByDevice(let sentAt): sentAt != nil
        case .holding, .returning, .ending: true
        }
    }

    /// When the newest request left.
    var lastSentAt: Moment? {
        switch step {
        case .switching(let switching), .returning(let switching, _): switching.sentAt
        case .cyclingByDevice(let sentAt): sentAt
        case .delayed, .recording, .kept, .asking, .holding, .ending: nil
        }
    }

    /// The state that the device was told and may show any moment, or shows.
    var orderedState: PowerState? {
        switch step {
        case .switching(let switching): switching.sentAt == nil ? nil : switching.target
        case .returning(let switching, _): switching.target
        case .holding: command.finalState?.opposite
        case .delayed, .recording, .kept, .asking, .cyclingByDevice, .ending: nil
        }
    }

    /// Whether the way back has begun: it never gives up while the device is silent.
    var isOnWayBack: Bool { if case .returning = step { true } else { false } }

    /// Whether nothing but the device is in the way.
    var waitsForDevice: Bool {
        switch step {
        case .asking, .switching, .cyclingByDevice, .returning: true
        case .delayed, .recording, .kept, .holding, .ending: false
        }
    }

    /// Whether it waits for the command's own delay.
    var isDelayed: Bool { if case .delayed = step { true } else { false } }

    /// Whether it waits for a reading before it knows what to do.
    var isAsking: Bool { if case .asking = step { true } else { false } }

    /// Whether it keeps the outlet for a load's command that has said nothing more yet.
    var isKept: Bool { if case .kept = step { true } else { false } }

    /// Whether the command's `limit` counts: it does until the first state is reached.
    var isLimited: Bool {
        switch step {
        case .asking, .switching, .cyclingByDevice: true
        case .delayed, .recording, .kept, .holding, .returning, .ending: false
        }
    }

    /// When the command has to be answered; nothing while its limit does not count.
    var limitEnd: Moment? { isLimited ? patience.end : nil }

    /// The switch that is under way.
    var switching: Switching? {
        get {
            switch step {
            case .switching(let switching), .returning(let switching, _): switching
            case .delayed, .recording, .kept, .asking, .cyclingByDevice, .holding, .ending: nil
            }
        }
        set {
            guard let newValue else { return }
            switch step {
            case .switching: step = .switching(newValue)
            case .returning(_, let hold): step = .returning(newValue, hold)
            case .delayed, .recording, .kept, .asking, .cyclingByDevice, .holding, .ending: return
            }
        }
    }

    /// When the step goes on without the device; nothing when only the device or the journal moves it.
    var nextMoment: Moment? {
        switch step {
        case .delayed(let until), .recording(.note(let until)): until
        case .holding(let hold): hold.until
        case .switching(let switching), .returning(let switching, _):
            switching.nextRead ?? switching.notBefore
        case .recording(.work), .kept, .asking, .cyclingByDevice, .ending: nil
        }
    }

    // MARK: - How it goes on

    mutating func wait(until moment: Moment) { step = .delayed(until: moment) }

    mutating func record(_ record: Record) { step = .recording(record) }

    mutating func ask(at now: Moment) {
        begin(at: now)
        step = .asking
    }

    mutating func want(_ state: PowerState, at now: Moment) {
        begin(at: now)
        step = .switching(Switching(state, notBefore: now))
    }

    mutating func wantDeviceCycle(at now: Moment) {
        begin(at: now)
        step = .cyclingByDevice(sentAt: nil)
    }

    private mutating func begin(at now: Moment) {
        startedAt = startedAt ?? now
        patience.run(at: now)
    }

    mutating func hold(_ hold: Hold) {
        step = .holding(hold)
    }

    mutating func end() { step = .ending }

    /// Does nothing until the load's command says what.
    mutating func keep(at now: Moment) {
        patience.pause(at: now)
        step = .kept
    }

    /// Goes on for those of its commands that have time left when the first one's is over.
    ///
    /// - Returns: those whose time is over; nothing when it is over for all.
    mutating func outlast() -> [Ticket]? {
        guard let least = tickets.compactMap({ spares[$0.number] }).min() else { return nil }
        let over = tickets.filter { spares[$0.number] == nil }
        tickets.removeAll { spares[$0.number] == nil }
        patience.extend(by: least)
        spares = spares.compactMapValues { $0 > least ? $0 - least : nil }
        return over
    }

    /// Takes out the tickets that meet the condition; one must stay.
    mutating func removeTickets(where condition: (Ticket) -> Bool) { tickets.removeAll(where: condition) }

    /// Begins the way back.
    ///
    /// - Parameter deviceLimit: until when a device that cycles by itself may take; nothing for one that is told.
    mutating func comeBack(to state: PowerState, _ hold: Hold, deviceLimit: Moment?, at now: Moment) {
        var switching = Switching(state, notBefore: now)
        if let deviceLimit { switching.progress = .expected(until: deviceLimit, nextRead: now) }
        step = .returning(switching, hold)
    }

    /// A request leaves now.
    mutating func didSend(at now: Moment) {
        if case .cyclingByDevice = step { step = .cyclingByDevice(sentAt: now) }
        switching?.sentAt = now
    }

    /// The request could not leave. It is tried again, not before the moment.
    mutating func didNotSend(tryAt moment: Moment) {
        if case .cyclingByDevice = step { step = .cyclingByDevice(sentAt: nil) }
        if case .unsent = switching?.progress { switching?.sentAt = nil }
        switching?.notBefore = moment
    }

    /// The device was told, or could not be.
    mutating func didTry(_ error: DriverError?, took: Duration, at now: Moment) {
        deviceTime += took
        if let error, error.code == .noQuorum {
            unpermitted = (unpermitted?.since ?? lastSentAt ?? now, error)
        } else {
            unpermitted = nil
        }
    }

    /// The device accepted the request.
    mutating func accepted(at now: Moment) { switching?.progress = .accepted(at: now, nextRead: now) }

    /// Nobody knows whether the request was done.
    mutating func doubted(_ error: DriverError, at now: Moment) {
        switching?.progress = .doubtful(error, nextRead: now)
    }

    /// The request has to be sent again, not before the moment.
    mutating func sendAgain(_ error: DriverError?, notBefore: Moment) {
        switching?.progress = .lost(error)
        switching?.notBefore = notBefore
    }

    /// The device is to be read back again, not before the moment.
    mutating func readAgain(notBefore moment: Moment) {
        switch switching?.progress {
        case .accepted(let at, _): switching?.progress = .accepted(at: at, nextRead: moment)
        case .doubtful(let error, _): switching?.progress = .doubtful(error, nextRead: moment)
        case .expected(let until, _): switching?.progress = .expected(until: until, nextRead: moment)
        case .unsent, .lost, nil: return
        }
    }
}

/// How long a command may wait for its device: the command's `limit`, of which only some time counts.
///
/// It counts while nothing but the device is in the way. A wait behind another command counts as far as the device was
/// silent meanwhile.
struct Patience: Equatable {
    /// What is left of the limit, when it last began to count.
    private(set) var left: Duration
    /// Since when it counts; nothing while something else is in the way.
    private(set) var runsSince: Moment?

    init(limit: Duration, spent: Duration) {
        left = max(.zero, limit - spent)
    }

    mutating func run(at now: Moment) {
        if runsSince == nil { runsSince = now }
    }

    mutating func pause(at now: Moment) {
        guard let since = runsSince else { return }
        left = max(.zero, left - (now - since))
        runsSince = nil
    }

    mutating func extend(by time: Duration) { left += time }

    /// When it is over; nothing while it does not count.
    var end: Moment? { runsSince.map { $0 + left } }
}

/// Measures for how long something was so, with breaks.
struct Stopwatch: Equatable {
    private var sum = Duration.zero
    private var runsSince: Moment?

    mutating func run(since moment: Moment) {
        if runsSince == nil { runsSince = moment }
    }

    mutating func stop(at now: Moment) {
        guard let since = runsSince else { return }
        sum += max(.zero, now - since)
        runsSince = nil
    }

    func total(at now: Moment) -> Duration { sum + (runsSince.map { max(.zero, now - $0) } ?? .zero) }
}

extension Command {
    /// Whether the command comes back to another state after a while.
    var hasWayBack: Bool { action == .cycle || holdTime != nil }

    /// The state in which a command with a way back leaves the outlet.
    var finalState: PowerState? {
        action == .cycle ? .on : holdTime == nil ? nil : action.plainState?.opposite
    }
}
