import Power

/// How a lane ends, or comes to rest before it gets another driver.
extension LaneSchedule {
    static let stopping = Outcome.rejected(.stopping, "the agent is shutting down; send the command again later")

    /// Why a lane that ends takes no command.
    var refusalOfEnding: Outcome? {
        switch ending?.reason {
        case .shutdown: Self.stopping
        case .removal: removed
        case .renewal, nil: nil
        }
    }

    /// Whether the lane will never take commands again.
    var endsForGood: Bool { ending.map { $0.reason != .renewal } ?? false }

    private var removed: Outcome {
        .rejected(.unknownPDU, "\(rules.pdu) was removed from the configuration; nothing was switched")
    }

    /// Stops: nothing new begins. What runs may finish until the moment; what is in the journal may stay there.
    mutating func stop(until limit: Moment) {
        if let ending, ending.reason == .removal {
            self.ending?.limit = min(ending.limit, limit)
            return
        }
        ending = LaneEnding(reason: .shutdown, limit: limit)
        refuseWaiting(Self.stopping)
        settleActive()
    }

    /// Ends the work for a PDU that is not in the configuration any more. What waits is refused. What has begun is
    /// finished until the moment, before its time if need be, so that no outlet is left dark and nobody without answer.
    mutating func dismiss(until limit: Moment, at now: Now) {
        guard ending?.reason != .shutdown else { return }
        ending = LaneEnding(reason: .removal, limit: limit)
        refuseWaiting(removed)
        for number in active {
            guard let running = outlets[number]?.running else { continue }
            switch running.phase {
            case .delayed, .journaling, .reading: end(number, removed)
            case .switching where !running.wasSent && !running.isOnWayBack: end(number, removed)
            case .cyclingByDevice where !running.wasSent: end(number, removed)
            case .holding(let until): hold(number, until: until, at: now)
            case .switching, .cyclingByDevice, .verifying: continue
            }
        }
        settleActive()
    }

    /// Lets what the device was told come to its end; what waits goes on when the lane is renewed.
    mutating func pause(until limit: Moment) {
        guard !endsForGood else { return }
        ending = LaneEnding(reason: .renewal, limit: limit)
    }

    private mutating func refuseWaiting(_ outcome: Outcome) {
        for number in active {
            let waiting = outlets[number]?.removeWaiting { _ in true } ?? []
            for ticket in waiting { finish(ticket, outcome) }
        }
    }

    /// Has a command wait for its way back: until the moment, or less when its PDU is about to go.
    mutating func hold(_ number: OutletNumber, until: Moment, at now: Now) {
        guard let running = outlets[number]?.running else { return }
        guard let ending, ending.reason == .removal, until > ending.limit, let state = running.command.finalState,
            running.command.action != .cycle || !isCycledByDevice(number)
        else {
            outlets[number]?.running?.phase = .holding(until: until)
            return
        }
        let message =
            "\(rules.pdu) was removed from the configuration, so outlet \(number) went \(state) before its time"
        outlets[number]?.running?.trouble = running.trouble ?? .failed(.unknownPDU, message)
        outlets[number]?.running?.phase = .holding(until: now.moment)
    }

    /// The tickets whose work stays in the journal for the next start, once the lane has ended.
    var leftInJournal: [Ticket] {
        active.flatMap { outlets[$0]?.running?.tickets ?? [] }
    }

    /// Whether an ending lane has nothing left to wait for.
    var isDrained: Bool {
        guard let ending else { return false }
        return active.allSatisfy { number in
            guard let running = outlets[number]?.running else { return true }
            return switch ending.reason {
            case .removal: false
            case .shutdown: isResting(running, until: ending.limit)
            case .renewal: hasLeftDevice(running, until: ending.limit)
            }
        }
    }

    /// Whether the command does nothing before the moment, so that the journal may keep it for the next start.
    private func isResting(_ running: RunningCommand, until limit: Moment) -> Bool {
        switch running.phase {
        case .delayed: true
        case .holding(let until): until > limit
        case .switching(_, let notBefore): health.isOffline || notBefore > limit
        case .journaling, .reading, .cyclingByDevice, .verifying: false
        }
    }

    /// Whether the next thing that the command wants of the device may be asked of another one.
    private func hasLeftDevice(_ running: RunningCommand, until limit: Moment) -> Bool {
        switch running.phase {
        case .delayed, .journaling, .reading, .cyclingByDevice: true
        case .holding(let until): until > limit
        case .switching: !running.isOnWayBack || health.isOffline
        case .verifying: false
        }
    }

    /// Ends what an ending lane could not finish in time.
    ///
    /// - Returns: the outlets of a removed PDU that may not be as their commands would have left them.
    @discardableResult
    mutating func abandon() -> [OutletNumber] {
        var left: [OutletNumber] = []
        for number in active {
            guard let running = outlets[number]?.running else { continue }
            if ending?.reason == .removal {
                left.append(number)
                end(number, abandoned(running, number))
            } else if !running.isJournaled {
                let outcome = Outcome(.unknown, code: .stopping, message: "the agent was stopped before the read-back")
                end(number, running.wasSent ? outcome : Self.stopping)
            }
        }
        settleActive()
        return left
    }

    private func abandoned(_ running: RunningCommand, _ number: OutletNumber) -> Outcome {
        let place = "\(rules.pdu) was removed from the configuration before outlet \(number)"
        if running.isOnWayBack, case .switching(let state, _) = running.phase {
            let words = "\(place) could be switched \(state) again; look at it"
            return .failed(.unknownPDU, words, state: outlets[number]?.state)
        }
        return .unknown(.deviceTimeout, "\(place) could be read back; look at it")
    }

    private func doubt(_ number: OutletNumber) -> Outcome {
        .unknown(.deviceTimeout, "the entry of \(rules.pdu) was changed before outlet \(number) was read back")
    }

    /// Decides what becomes of switches that the earlier driver could not read back in time.
    mutating func settleDoubts(at now: Now) {
        for number in active {
            guard let running = outlets[number]?.running, case .verifying(let state, _, _) = running.phase else {
                continue
            }
            if running.isPersistent {
                wish(state, number, at: now)
            } else if running.command.hasWayBack {
                holdDespite(doubt(number), number, at: now)
            } else {
                end(number, doubt(number))
            }
        }
        settleActive()
    }
}
