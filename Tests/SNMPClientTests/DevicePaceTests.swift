import SNMPClient
import TestSupport
import Testing

@Suite("A device's pace")
struct DevicePaceTests {
    /// How a device treats a request that is more than it takes.
    enum Manner: CaseIterable, Sendable { case silent, tooBig }

    /// A device with a limit, and what it costs to find that out.
    private struct Rig {
        var pace: DevicePace
        var limit: Int
        let manner: Manner
        var requests = 0
        var silences = 0

        /// Reads so many objects as the driver does.
        mutating func poll(_ count: Int) {
            var left = count
            while left > 0 {
                var asked = min(left, pace.objects)
                var refused: [Int] = []
                while asked > limit {
                    requests += 1
                    switch manner {
                    case .tooBig:
                        pace.tooBig(.objects(asked))
                        asked = min(asked, pace.objects)
                    case .silent:
                        silences += 1
                        refused.append(asked)
                        asked = pace.proof(of: .objects(asked)) ?? 1
                    }
                }
                requests += 1
                pace.answered(.objects(asked), tries: 1, isAfterRest: false)
                for count in refused { pace.silent(.objects(count)) }
                left -= asked
            }
        }
    }

    @Test("begins with one request under way, and few objects in it")
    func polite() {
        let pace = DevicePace(DevicePace.Ceilings(objects: 40, inFlight: 4, repetitions: 20))
        #expect(pace.inFlight == 1)
        #expect(pace.objects == 8)
        #expect(pace.repetitions == 8)
        #expect(pace.gap == .zero)
    }

    @Test("reaches the ceiling of a device that takes everything within its first three requests")
    func free() {
        var rig = Rig(pace: DevicePace(), limit: 1000, manner: .silent)
        rig.poll(25)
        #expect(rig.requests == 3)
        rig.requests = 0
        rig.poll(25)
        #expect(rig.requests == 1)
    }

    @Test("finds every limit, with few silences, and all of it in time", arguments: Manner.allCases)
    func limits(_ manner: Manner) {
        for ceiling in 1...48 {
            for limit in 1...50 {
                var rig = Rig(
                    pace: DevicePace(DevicePace.Ceilings(objects: ceiling)),
                    limit: limit,
                    manner: manner
                )
                rig.poll(25)
                let reachable = min(limit, ceiling)
                #expect(rig.pace.objects * 2 >= reachable, "limit \(limit), ceiling \(ceiling)")
                // Eight objects, then perhaps two, and after sixteen answers perhaps two again.
                #expect(rig.silences <= 3, "limit \(limit), ceiling \(ceiling)")
                for _ in 0..<400 { rig.poll(97) }
                #expect(rig.pace.objects >= reachable, "limit \(limit), ceiling \(ceiling)")
                #expect(rig.pace.objects <= ceiling)
                let before = rig.silences
                for _ in 0..<400 { rig.poll(97) }
                #expect(rig.silences - before <= 12, "limit \(limit), ceiling \(ceiling)")
            }
        }
    }

    @Test("grows again where a device takes more than it did", arguments: Manner.allCases)
    func growsAgain(_ manner: Manner) {
        for limit in 1...31 {
            var rig = Rig(pace: DevicePace(), limit: limit, manner: manner)
            for _ in 0..<20 { rig.poll(97) }
            rig.limit = 1000
            for _ in 0..<1000 where rig.pace.objects < 32 { rig.poll(97) }
            #expect(rig.pace.objects == 32, "limit \(limit)")
            rig.limit = limit
            rig.poll(97)
            // A trial of a little more may just be due.
            #expect(rig.pace.objects <= limit * 2)
        }
    }

    @Test("stays within its bounds whatever happens, in every order of eight events")
    func everything() {
        typealias Event = (inout DevicePace) -> Void
        let events: [Event] = [
            { $0.answered(.objects($0.objects), tries: 1, isAfterRest: true) },
            { $0.answered(.objects(1), tries: 2, isAfterRest: false) },
            { $0.answered(.objects(100), tries: 1, isAfterRest: false) },
            { $0.silent(.objects($0.objects)) },
            { $0.tooBig(.objects($0.objects)) },
            { $0.silent(.objects(1)) },
            { $0.limit(to: DevicePace.Ceilings(objects: 3, inFlight: 1, repetitions: 1)) },
            { $0.answered(tries: 3, isAfterRest: true) },
        ]
        var isSound = true
        func visit(_ pace: DevicePace, _ depth: Int) {
            isSound =
                isSound && (1...40).contains(pace.objects) && (1...4).contains(pace.inFlight)
                && (.zero ... .milliseconds(250)).contains(pace.gap)
            for count in [1, 2, pace.objects, 41] {
                let load = DevicePace.Load.objects(count)
                if let proof = pace.proof(of: load) { isSound = isSound && (1..<count).contains(proof) }
                isSound = isSound && (pace.proof(of: load) == nil) == (count == 1)
                for allowed in 0...4 {
                    isSound = isSound && (1...max(1, allowed)).contains(pace.tries(for: load, of: allowed))
                }
                if count > 1 {
                    // A reader that asks for no more than that comes to an end.
                    var refused = pace
                    refused.tooBig(load)
                    isSound = isSound && refused.objects < count
                    // What was answered once may have been lost. What is met with silence again and again was not.
                    refused = pace
                    for _ in 0..<40 where refused.objects >= count { refused.silent(load) }
                    isSound = isSound && refused.objects < count
                }
            }
            guard depth > 0 else { return }
            for event in events {
                var next = pace
                event(&next)
                visit(next, depth - 1)
            }
        }
        visit(DevicePace(DevicePace.Ceilings(objects: 40, inFlight: 4, repetitions: 20)), 5)
        #expect(isSound)
    }

    @Test("asks for more at once only after many answers at the first try, and for one alone after any trouble")
    func flight() {
        var pace = DevicePace(DevicePace.Ceilings(inFlight: 3))
        for _ in 0..<15 { pace.answered(.objects(1), tries: 1, isAfterRest: false) }
        #expect(pace.inFlight == 1)
        for _ in 0..<17 { pace.answered(.objects(1), tries: 1, isAfterRest: false) }
        #expect(pace.inFlight == 3)
        for _ in 0..<50 { pace.answered(.objects(1), tries: 1, isAfterRest: false) }
        #expect(pace.inFlight == 3)
        pace.answered(.objects(1), tries: 2, isAfterRest: false)
        #expect(pace.inFlight == 1)
        var alone = DevicePace()
        for _ in 0..<1000 { alone.answered(.objects(1), tries: 1, isAfterRest: false) }
        #expect(alone.inFlight == 1)
    }

    @Test("lets a device rest that needs a second try whenever it was just asked, and not one that always does")
    func rest() {
        var deaf = DevicePace()
        deaf.answered(.objects(1), tries: 1, isAfterRest: true)
        deaf.answered(.objects(1), tries: 2, isAfterRest: false)
        #expect(deaf.gap == .milliseconds(20))
        deaf.answered(.objects(1), tries: 2, isAfterRest: false)
        #expect(deaf.gap == .milliseconds(60))
        for _ in 0..<15 { deaf.answered(.objects(1), tries: 1, isAfterRest: false) }
        #expect(deaf.gap == .milliseconds(60))
        // It is tried with less by and by, more and more seldom where that does not do.
        deaf.answered(.objects(1), tries: 1, isAfterRest: false)
        #expect(deaf.gap == .milliseconds(20))
        deaf.answered(.objects(1), tries: 2, isAfterRest: false)
        for _ in 0..<31 { deaf.answered(.objects(1), tries: 1, isAfterRest: false) }
        #expect(deaf.gap == .milliseconds(60))

        var late = DevicePace()
        late.answered(.objects(1), tries: 2, isAfterRest: true)
        for _ in 0..<20 { late.answered(.objects(1), tries: 2, isAfterRest: false) }
        #expect(late.gap == .zero)
        #expect(late.tries(for: .objects(8), of: 3) == 2)
    }

    @Test("does not go on resting where no rest helps")
    func vainRest() {
        var pace = DevicePace()
        for _ in 0..<5 { pace.answered(.objects(1), tries: 2, isAfterRest: false) }
        #expect(pace.gap == .zero)
        for _ in 0..<5 { pace.answered(.objects(1), tries: 2, isAfterRest: false) }
        #expect(pace.gap == .zero)
    }

    @Test("takes the silence to what was answered before for a loss, until it comes again and again")
    func losses() {
        var pace = DevicePace()
        pace.answered(.objects(8), tries: 1, isAfterRest: true)
        for _ in 0..<20 {
            for _ in 0..<4 { pace.silent(.objects(8)) }
            #expect(pace.objects >= 8)
            pace.answered(.objects(8), tries: 2, isAfterRest: true)
        }
        // Fewer objects that are answered meanwhile say nothing about that many.
        for _ in 0..<5 {
            pace.silent(.objects(8))
            pace.answered(.objects(1), tries: 1, isAfterRest: true)
        }
        #expect(pace.objects < 8)
    }

    @Test("stays as large under loss as without it, as often as a third of all datagrams is lost")
    func lossyLink() {
        var random = SeededRandom(seed: 3)
        var small = 0
        var pace = DevicePace()
        pace.answered(.objects(5), tries: 1, isAfterRest: true)
        for _ in 0..<2000 {
            let load = DevicePace.Load.objects(min(5, pace.objects))
            // Two tries, each there and back.
            let isAnswered = (0..<2).contains { _ in Double.random(in: 0..<1, using: &random) < 0.49 }
            if isAnswered { pace.answered(load, tries: 1, isAfterRest: true) } else { pace.silent(load) }
            if pace.objects < 5 { small += 1 }
        }
        #expect(small < 500, "\(small) of 2000")
    }

    @Test("keeps objects and rows apart")
    func apart() {
        var pace = DevicePace()
        pace.silent(.repetitions(8))
        #expect(pace.repetitions == 4)
        #expect(pace.objects == 8)
    }
}
