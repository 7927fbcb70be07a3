import Power

extension PDULane {
    /// Stops the lane: nothing new begins, what runs may finish until the moment.
    func stop(until limit: Moment) {
        schedule.stop(until: limit)
        flush()
        signal.signal()
    }

    /// Ends the lane of a PDU that is not in the configuration any more, and waits until it has ended. Every command is
    /// answered, and what a command would have done later is done until the moment.
    func dismiss(until limit: Moment) async {
        schedule.dismiss(until: limit, at: Now(timekeeper))
        flush()
        signal.signal()
        guard !hasEnded else { return }
        await withCheckedContinuation { end.append($0) }
    }

    /// Has the device spoken to in another way, and waits until that is so. Commands wait meanwhile and go on; what the
    /// device was told is read back until the moment at the latest.
    func renew(_ blueprint: LaneBlueprint, until limit: Moment) async {
        guard !hasEnded, !schedule.endsForGood else { return }
        renewal = blueprint
        schedule.pause(until: limit)
        signal.signal()
        await withCheckedContinuation { renewed.append($0) }
    }

    /// Whether the time for the other driver has come: the device was told nothing that is still open, or has had its
    /// time to answer.
    var mustTakeOver: Bool {
        guard renewal != nil, let ending = schedule.ending, !schedule.endsForGood else { return false }
        return schedule.isDrained || ending.limit <= timekeeper.now
    }

    /// Goes on with the driver of another configuration.
    func takeOver(_ blueprint: LaneBlueprint) async {
        renewal = nil
        await driver.shutDown()
        driver = blueprint.makeDriver()
        let before = schedule.outlets.keys
        if !schedule.endsForGood { schedule.renew(blueprint.rules, at: Now(timekeeper)) }
        for number in before where schedule.outlets[number] == nil { clearRetained(of: number) }
        description = nil
        lastReading = nil
        // Labels are the configuration's: they show even while the device cannot be read.
        publishInfo()
        flush()
        for waiter in renewed { waiter.resume() }
        renewed = []
    }
}
