import DequeModule

/// The messages that wait to be handed over, in order. Retained ones are coalesced: the newest per topic stays, at the
/// place of the oldest. Of the others the oldest are dropped when there are too many.
struct OutgoingQueue: Sendable {
    struct Entry: Sendable, Equatable {
        /// Its place in the order of all that was ever queued.
        var sequence: UInt64
        var message: OutgoingMessage
        /// Who wants to know how it ends.
        var waiters: [UInt64]
        /// It was taken back while it was on its way, and is not sent again.
        var isWithdrawn = false
    }

    enum Outcome: Sendable, Equatable {
        case queued
        case coalesced
        case queuedDropping(Entry)
    }

    private struct Place: Sendable {
        var sequence: UInt64
        var topic: String
    }

    private let maximumTopics: Int
    private let maximumOthers: Int
    private var retained: [String: Entry] = [:]
    /// The order of `retained`, ascending. Places whose entry has moved forward are stale and skipped.
    private var places: Deque<Place> = []
    private var stalePlaces = 0
    private var others: Deque<Entry> = []
    private var nextSequence: UInt64 = 0

    /// - Parameters:
    ///   - maximumTopics: on how many topics a retained message may wait.
    ///   - maximumOthers: how many messages that are not retained may wait.
    init(maximumTopics: Int, maximumOthers: Int) {
        self.maximumTopics = maximumTopics
        self.maximumOthers = maximumOthers
    }

    var count: Int { retained.count + others.count }

    mutating func append(_ message: OutgoingMessage, waiter: UInt64? = nil) throws(MQTTError) -> Outcome {
        let waiters = waiter.map { [$0] } ?? []
        guard message.isRetained else {
            others.append(Entry(sequence: takeSequence(), message: message, waiters: waiters))
            guard others.count > maximumOthers, let oldest = others.popFirst() else { return .queued }
            return .queuedDropping(oldest)
        }
        // Changed in place, so that the usual case costs one look into the table.
        let wasThere: Bool? = { entry in
            if entry != nil {
                entry?.message = message
                if let waiter { entry?.waiters.append(waiter) }
                return true
            }
            return nil
        }(&retained[message.topic])
        if wasThere == true { return .coalesced }
        guard retained.count < maximumTopics else {
            throw MQTTError(
                .queueFull,
                "no room for a retained message on '\(message.topic)': messages on \(maximumTopics) topics wait already"
            )
        }
        let sequence = takeSequence()
        retained[message.topic] = Entry(sequence: sequence, message: message, waiters: waiters)
        places.append(Place(sequence: sequence, topic: message.topic))
        return .queued
    }

    mutating func popFirst() -> Entry? {
        skipStalePlaces()
        guard let place = places.first else { return others.popFirst() }
        if let other = others.first, other.sequence < place.sequence { return others.popFirst() }
        places.removeFirst()
        defer { giveRoomBack() }
        return retained.removeValue(forKey: place.topic)
    }

    /// Gives back the room of a queue that was long and is empty now: a fleet that is published anew after each
    /// connection is many megabytes for a moment.
    private mutating func giveRoomBack() {
        guard retained.isEmpty, retained.capacity > 1024 else { return }
        retained = [:]
        places = []
        stalePlaces = 0
    }

    /// Puts messages back that were handed over and whose fate is unknown, before everything that was queued since. A
    /// retained one for whose topic a newer one waits gives its place to that.
    ///
    /// - Parameter entries: what `popFirst` had given, in that order.
    /// - Returns: those that are not retained and too many now.
    mutating func restore(_ entries: [Entry]) -> [Entry] {
        for entry in entries.reversed() {
            guard entry.message.isRetained else {
                others.prepend(entry)
                continue
            }
            let topic = entry.message.topic
            if let newer = retained[topic] {
                retained[topic]?.sequence = entry.sequence
                retained[topic]?.waiters = entry.waiters + newer.waiters
                stalePlaces += 1
            } else {
                retained[topic] = entry
            }
            places.prepend(Place(sequence: entry.sequence, topic: topic))
        }
        dropStalePlaces()
        let excess = max(0, others.count - maximumOthers)
        let dropped = Array(others.prefix(excess))
        others.removeFirst(excess)
        return dropped
    }

    /// Takes back the retained message that waits for a topic, where nobody wants to know how it ends.
    mutating func withdraw(_ topic: String) {
        guard let entry = retained[topic], entry.waiters.isEmpty else { return }
        retained[topic] = nil
        stalePlaces += 1
        dropStalePlaces()
    }

    private mutating func dropStalePlaces() {
        guard stalePlaces > 64 + retained.count else { return }
        places.removeAll { retained[$0.topic]?.sequence != $0.sequence }
        stalePlaces = 0
    }

    mutating func removeAll() {
        retained = [:]
        places = []
        stalePlaces = 0
        others = []
    }

    private mutating func takeSequence() -> UInt64 {
        nextSequence &+= 1
        return nextSequence
    }

    private mutating func skipStalePlaces() {
        while stalePlaces > 0, let place = places.first, retained[place.topic]?.sequence != place.sequence {
            places.removeFirst()
            stalePlaces -= 1
        }
    }
}
