extension PDULane {
    /// Waits until every device has answered or failed once, or until the moment.
    public static func awaitFirstContact(
        of lanes: [PDULane],
        until limit: Moment,
        by timekeeper: any Timekeeper
    ) async {
        let countdown = Countdown(lanes.count)
        for lane in lanes { await lane.whenContacted { countdown.arrive() } }
        await countdown.wait(until: limit, by: timekeeper)
    }
}
