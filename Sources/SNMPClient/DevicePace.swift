/// What a device takes: how many objects in a request, how many requests at once, how many rows of a GETBULK, and how
/// long it has to rest between two requests.
///
/// Agents of PDUs differ, and few say what is too much: many just do not answer. This value learns it from what is
/// answered, what is refused as too big, and what is met with silence by a device that is shown to be alive. Silence of
/// a device that answers nothing at all teaches nothing. It begins politely, with one request under way and few objects
/// in it, goes up to the ceilings as long as that is answered, and tries again by and by what was too much once.
///
/// It decides only: it sends nothing and knows no clock.
public struct DevicePace: Sendable, Hashable {
    /// The most that a device is ever asked for, whatever it takes.
    public struct Ceilings: Sendable, Hashable {
        /// Objects in one request, 1 or more.
        public var objects: Int
        /// Requests under way at once, 1 or more.
        public var inFlight: Int
        /// Rows of one GETBULK, 1 or more.
        public var repetitions: Int

        /// Ceilings; the defaults are what a device of an unknown model is asked for.
        public init(objects: Int = 32, inFlight: Int = 1, repetitions: Int = 20) {
            self.objects = max(1, objects)
            self.inFlight = max(1, inFlight)
            self.repetitions = max(1, repetitions)
        }
    }

    /// How much a request asks for.
    public enum Load: Sendable, Hashable {
        /// A GET of so many objects.
        case objects(Int)
        /// A GETBULK of so many rows.
        case repetitions(Int)
    }

    private var objectSize: LearnedSize
    private var repetitionSize: LearnedSize
    private var flight: Flight
    private var rest = Rest()
    /// The tries that the last request after a rest took: more than one means that the device answers late, or that the
    /// network loses a lot, and not that it was asked too soon.
    private var usualTries = 1
    private var hasAnswered = false

    /// A pace for a device that nothing is known of.
    public init(_ ceilings: Ceilings = Ceilings()) {
        objectSize = LearnedSize(ceiling: ceilings.objects)
        repetitionSize = LearnedSize(ceiling: ceilings.repetitions)
        flight = Flight(ceiling: ceilings.inFlight)
    }

    /// How many objects the next request may ask for.
    public var objects: Int { objectSize.current }
    /// How many requests may be under way at once.
    public var inFlight: Int { flight.current }
    /// How many rows the next GETBULK may ask for.
    public var repetitions: Int { repetitionSize.current }
    /// How long the device rests after an answer before it is asked again.
    public var gap: Duration { rest.gap }
    /// Whether something turned out to be too much.
    public var isRestricted: Bool { objectSize.isRestricted || repetitionSize.isRestricted }

    /// Takes over other ceilings, as those of a model once it is known; what was learnt stays.
    public mutating func limit(to ceilings: Ceilings) {
        objectSize.limit(to: ceilings.objects)
        repetitionSize.limit(to: ceilings.repetitions)
        flight.limit(to: ceilings.inFlight)
    }

    /// How often a request is tried before its silence is looked into, of the tries that are allowed.
    ///
    /// What has been answered before is tried as often as may be. What has not is likely to be too much, and a device
    /// that is known to live need not be waited for long. One that has never answered keeps a try for ``proof(of:)``.
    public func tries(for load: Load, of allowed: Int) -> Int {
        guard load.count > 1 else { return max(1, allowed) }
        guard hasAnswered else { return max(1, allowed - 1) }
        return load.count > size(of: load).proven ? min(max(1, allowed), usualTries) : max(1, allowed)
    }

    /// How much a device that was silent to a request is asked for next, to learn whether it is alive; nothing when
    /// there is no less to ask for.
    public func proof(of load: Load) -> Int? {
        guard load.count > 1 else { return nil }
        let proven = size(of: load).proven
        return load.count > proven && proven > 1 ? proven : 1
    }

    /// A request was answered.
    ///
    /// - Parameters:
    ///   - tries: How often it was sent, 1 or more.
    ///   - isAfterRest: Whether the device had not been asked anything for some time.
    public mutating func answered(_ load: Load, tries: Int, isAfterRest: Bool) {
        answered(tries: tries, isAfterRest: isAfterRest)
        switch load {
        case .objects(let count): objectSize.answered(count)
        case .repetitions(let count): repetitionSize.answered(count)
        }
    }

    /// A request of another kind, such as a SET, was answered.
    public mutating func answered(tries: Int, isAfterRest: Bool) {
        hasAnswered = true
        if isAfterRest {
            usualTries = max(1, tries)
        } else {
            rest.answered(tries: tries, usually: usualTries)
        }
        flight.answered(isSmooth: tries <= usualTries)
    }

    /// A request was not answered, and a smaller one behind it was: it is this one that was too much, or, where as much has
    /// been answered before, the network that has lost it.
    public mutating func silent(_ load: Load) {
        switch load {
        case .objects(let count): objectSize.silent(count)
        case .repetitions(let count): repetitionSize.silent(count)
        }
        flight.refused()
    }

    /// The device said that the answer to a request is too big, or cut it short.
    public mutating func tooBig(_ load: Load) {
        refused(load)
    }

    private mutating func refused(_ load: Load) {
        switch load {
        case .objects(let count): objectSize.refused(count)
        case .repetitions(let count): repetitionSize.refused(count)
        }
    }

    private func size(of load: Load) -> LearnedSize {
        switch load {
        case .objects: objectSize
        case .repetitions: repetitionSize
        }
    }
}

extension DevicePace: CustomStringConvertible {
    /// The pace for people.
    public var description: String {
        "\(objects) objects or \(repetitions) rows in a request, \(inFlight) under way"
            + (gap > .zero ? ", after \(gap.components.attoseconds / 1_000_000_000_000_000) ms of rest" : "")
    }
}

extension DevicePace.Load {
    /// The objects or rows.
    var count: Int {
        switch self {
        case .objects(let count), .repetitions(let count): count
        }
    }
}

/// How long something that was too much is left alone: so many answers, and twice as many after each vain trial.
private struct Patience: Sendable, Hashable {
    private static let shortest = 16
    private static let longest = 4096

    private var answers = 0
    private var needed = shortest
    private var isTrial = false

    /// Another answer; true when it is time for a trial.
    mutating func isOver() -> Bool {
        answers += 1
        guard answers >= needed else { return false }
        answers = 0
        isTrial = true
        return true
    }

    mutating func trialWentWell() {
        guard isTrial else { return }
        self = Patience()
    }

    /// It is too much, or is it still.
    mutating func failed() {
        if isTrial { needed = min(Self.longest, needed * 2) }
        isTrial = false
        answers = 0
    }
}

/// A number that is looked for between 1 and a ceiling.
private struct LearnedSize: Sendable, Hashable {
    /// Any agent is expected to take so many; it is what a device is asked for first.
    private static let polite = 8
    /// So many silences in a row, and what was answered before is taken for too much all the same. With fewer, a network
    /// that loses a third of all datagrams would bring every device down to one object in a request.
    private static let enoughSilences = 5

    private(set) var current: Int
    /// The most that was answered; 0 before the first answer.
    private(set) var proven = 0
    /// The least that was not.
    private var refused: Int?
    private var ceiling: Int
    private var patience = Patience()
    /// How often what was answered before was met with silence since then, and between how little and how much.
    private var doubts = 0
    private var doubted: ClosedRange<Int>?

    var isRestricted: Bool { refused != nil }

    init(ceiling: Int) {
        self.ceiling = max(1, ceiling)
        current = min(Self.polite, self.ceiling)
    }

    mutating func limit(to newCeiling: Int) {
        ceiling = max(1, newCeiling)
        current = min(current, ceiling)
    }

    mutating func answered(_ count: Int) {
        proven = max(proven, count)
        if let doubted, count >= doubted.lowerBound { believe() }
        if let refused, count >= refused { self.refused = nil }
        // A request that was not full tells nothing about larger ones.
        guard count >= current else { return }
        patience.trialWentWell()
        guard let refused else {
            current = min(ceiling, count * 2)
            return
        }
        if current * 2 < refused {
            current = min(ceiling, current * 2)
        } else if patience.isOver() {
            // The middle of what is known to do and what is known not to; in the end the latter itself, which may have
            // been refused for another reason.
            current = min(ceiling, max(current + 1, (current + refused) / 2))
        }
    }

    mutating func silent(_ count: Int) {
        guard count <= proven else { return refused(count) }
        let range = doubted.map { min($0.lowerBound, count)...max($0.upperBound, count) } ?? count...count
        doubts += 1
        doubted = range
        if doubts >= Self.enoughSilences { refused(range.upperBound) }
    }

    private mutating func believe() {
        doubts = 0
        doubted = nil
    }

    mutating func refused(_ count: Int) {
        guard count > 1 else { return }
        believe()
        patience.failed()
        refused = min(refused ?? count, count)
        // Other objects than those that were answered once are longer.
        if proven >= count { proven = count / 2 }
        current = max(1, min(current, proven > 0 ? proven : count / 2))
    }
}

/// How many requests are under way at once: one more after every so many answers, and one alone again after silence.
private struct Flight: Sendable, Hashable {
    private(set) var current = 1
    private var ceiling: Int
    private var patience = Patience()

    init(ceiling: Int) { self.ceiling = max(1, ceiling) }

    mutating func limit(to newCeiling: Int) {
        ceiling = max(1, newCeiling)
        current = min(current, ceiling)
    }

    mutating func answered(isSmooth: Bool) {
        guard isSmooth else { return refused() }
        if current < ceiling, patience.isOver() { current += 1 }
    }

    mutating func refused() {
        if current > 1 { patience.failed() }
        current = 1
    }
}

/// How long a device rests between an answer and the next request. Some are deaf for a moment after each.
private struct Rest: Sendable, Hashable {
    private static let gaps: [Duration] = [0, 20, 60, 120, 250].map { .milliseconds($0) }

    private var step = 0
    private var patience = Patience()
    /// No rest helped, so the network loses what is lost.
    private var isVain = false

    var gap: Duration { Self.gaps[step] }

    mutating func answered(tries: Int, usually: Int) {
        if tries > usually {
            guard !isVain else { return }
            patience.failed()
            if step + 1 < Self.gaps.count {
                step += 1
            } else {
                step = 0
                isVain = true
            }
        } else if step > 0 || isVain, patience.isOver() {
            isVain = false
            step = max(0, step - 1)
        }
    }
}
