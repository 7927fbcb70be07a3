import Foundation
import Power
import Synchronization

/// One command for a load, on its way: what it is, and what has come in for it.
final class LoadRun: Sendable {
    let number: UInt64
    let load: String
    let rules: LoadRules
    let command: Command
    let receivedAt: Moment
    let receivedTime: Date
    let expiresAt: Moment?
    let reply: ReplyAddress?
    let answer: (@Sendable (LoadResult) -> Void)?
    /// Work of an earlier process, and how far it had come.
    let recovered: (stage: JournalEntry.Stage, due: Moment)?
    /// Given when its feeds' lanes have the command, so that what arrives later comes after it.
    let begun = WakeSignal()
    /// Given when something has come in.
    let signal = WakeSignal()
    private let mailbox = Mutex<[LoadWork.Event]>([])
    private let lastEntry = Mutex<LoadEntry?>(nil)

    init(
        number: UInt64,
        load: String,
        rules: LoadRules,
        command: Command,
        receivedAt: Moment,
        receivedTime: Date,
        expiresAt: Moment?,
        reply: ReplyAddress?,
        recovered: (stage: JournalEntry.Stage, due: Moment)? = nil,
        answer: (@Sendable (LoadResult) -> Void)? = nil
    ) {
        self.number = number
        self.load = load
        self.rules = rules
        self.command = command
        self.receivedAt = receivedAt
        self.receivedTime = receivedTime
        self.expiresAt = expiresAt
        self.reply = reply
        self.recovered = recovered
        self.answer = answer
    }

    func post(_ event: LoadWork.Event) {
        mailbox.withLock { $0.append(event) }
        signal.signal()
    }

    func takeEvents() -> [LoadWork.Event] {
        mailbox.withLock { events in
            defer { events = [] }
            return events
        }
    }

    /// Forgets what feeds have said: they are another agent's.
    func forget(_ places: [Int]) {
        mailbox.withLock { events in
            events.removeAll { event in if case .feed(let place, _) = event { places.contains(place) } else { false } }
        }
    }

    /// The PDUs of its feeds, the first one's first.
    var pdus: [PDUName] {
        rules.feeds.reduce(into: []) { pdus, feed in if !pdus.contains(feed.pdu) { pdus.append(feed.pdu) } }
    }

    /// What was given to the journal last.
    var noted: LoadEntry? { lastEntry.withLock(\.self) }

    func note(_ entry: LoadEntry) { lastEntry.withLock { $0 = entry } }

    /// Whether the next start has to answer the command if the agent dies.
    var needsJournal: Bool { command.id != nil || command.needsJournal }

    /// The ticket that keeps a feed's outlet. What the load's command does as a whole is not in it.
    func ticket(of place: Int, number: UInt64) -> Ticket {
        var part = command
        part.id = nil
        part.delay = nil
        part.deadline = nil
        return Ticket(
            number: number,
            outlet: rules.feeds[place],
            command: part,
            receivedAt: receivedAt,
            receivedTime: receivedTime,
            target: "load/\(load)",
            isRecovered: recovered != nil && recovered?.stage != .delayed,
            feed: { [self] in post(.feed(place, $0)) }
        )
    }

    /// What the journal has to know of it.
    func entry(_ stage: JournalEntry.Stage, due: Date, result: LoadResult? = nil, at now: Now) -> LoadEntry {
        LoadEntry(
            number: number,
            load: load,
            feeds: rules.feeds,
            stagger: rules.stagger,
            command: command,
            stage: stage,
            receivedTime: receivedTime,
            due: due,
            expires: expiresAt.map(now.date(of:)),
            reply: reply,
            result: result
        )
    }

    /// An answer that its feeds have no part in.
    func result(_ outcome: Outcome, at time: Date) -> LoadResult {
        LoadResult(
            outcome,
            load: load,
            id: command.id,
            command: command,
            receivedAt: receivedTime,
            finishedAt: time
        )
    }

    /// The answer to a command that has run.
    func result(of work: LoadWork, at time: Date) -> LoadResult {
        var result = result(work.conclusion, at: time)
        result.feeds = work.feedResults
        result.state = work.state
        if let startedAt = work.startedAt {
            result.queuedMilliseconds = (startedAt - receivedAt).milliseconds
            result.deviceMilliseconds = work.feeds.map(\.deviceTime).max()?.milliseconds
        }
        return result
    }
}
