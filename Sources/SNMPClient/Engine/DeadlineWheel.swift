/// Deadlines of many requests, with one timer for all: adding and removing one takes constant time.
///
/// A wheel of slots of 10 ms. Times are nanoseconds of any monotonic clock.
struct DeadlineWheel {
    /// What removes a deadline again.
    struct Entry: Equatable {
        fileprivate let token: UInt64
        fileprivate let tick: UInt64
    }

    /// The length of a slot, and so how late a deadline may be noticed, in nanoseconds.
    static let tickLength: UInt64 = 10_000_000

    private static let slotCount: UInt64 = 512

    private var slots = [[UInt64: UInt64]](repeating: [:], count: Int(slotCount))
    /// The last tick whose slot was looked through.
    private var passedTick: UInt64 = 0
    /// How many deadlines there are.
    private(set) var count = 0

    /// Adds a deadline for a token; a token has at most one.
    mutating func add(_ token: UInt64, at deadline: UInt64, now: UInt64) -> Entry {
        if count == 0 { passedTick = now / Self.tickLength }
        let tick = max(deadline / Self.tickLength + 1, passedTick + 1)
        slots[Int(tick % Self.slotCount)][token] = tick
        count += 1
        return Entry(token: token, tick: tick)
    }

    /// Removes a deadline, if it is still there.
    mutating func remove(_ entry: Entry) {
        if slots[Int(entry.tick % Self.slotCount)].removeValue(forKey: entry.token) != nil { count -= 1 }
    }

    /// Removes the deadlines that have passed and gives their tokens, in no particular order.
    mutating func expire(now: UInt64) -> [UInt64] {
        let tick = now / Self.tickLength
        guard tick > passedTick else { return [] }
        var expired: [UInt64] = []
        // After a long pause each slot is looked through once.
        let first = max(passedTick + 1, tick >= Self.slotCount ? tick - Self.slotCount + 1 : 0)
        for passed in first...tick where !slots[Int(passed % Self.slotCount)].isEmpty {
            let index = Int(passed % Self.slotCount)
            for (token, due) in slots[index] where due <= tick {
                expired.append(token)
                slots[index].removeValue(forKey: token)
            }
        }
        passedTick = tick
        count -= expired.count
        return expired
    }

    /// When to look again; nil when there is no deadline.
    ///
    /// Never later than the first deadline; may be earlier when all are seconds away.
    var nextWake: UInt64? {
        guard count > 0 else { return nil }
        for distance in 1...Self.slotCount {
            let tick = passedTick + distance
            if !slots[Int(tick % Self.slotCount)].isEmpty { return tick * Self.tickLength }
        }
        return nil
    }
}
