import Power

extension SimulatedModel {
    /// What an order does to an outlet of such a device; nothing when it does nothing.
    func action(for order: SimulatedObject.ControlWords.Order) -> SimulatedOutlets.Action? {
        switch order {
        case .on: .switchTo(.on)
        case .off: .switchTo(.off)
        case .cycle: .cycle(after: .zero, offTime: cycleOffTime)
        case .delayedOn: .switchLater(.on, after: delay)
        case .delayedOff: .switchLater(.off, after: delay)
        case .delayedCycle: .cycle(after: delay, offTime: cycleOffTime)
        case .cancel: .cancel
        case .nothing: nil
        }
    }

    /// The same for a device that is told the delay.
    func action(
        for order: SimulatedObject.ControlWords.Order,
        after delay: Duration
    ) -> SimulatedOutlets.Action? {
        switch order {
        case .on, .delayedOn: .switchLater(.on, after: delay)
        case .off, .delayedOff: .switchLater(.off, after: delay)
        case .cycle, .delayedCycle: .cycle(after: delay, offTime: cycleOffTime)
        case .cancel: .cancel
        case .nothing: nil
        }
    }

    /// How long the device goes on telling the old state this time.
    func randomSettleLag() -> Duration {
        guard settleLag.upperBound > settleLag.lowerBound else { return settleLag.lowerBound }
        let range = settleLag.lowerBound.wholeNanoseconds...settleLag.upperBound.wholeNanoseconds
        return .nanoseconds(Int64.random(in: range))
    }
}

extension SimulatedObject {
    /// Whether it may be written.
    public var isWritable: Bool {
        switch content {
        case .control, .delay, .stored: true
        case .outletName(let isWritable): isWritable
        case .constant, .outletCount, .outletNumber, .state, .pending, .outletMeasurement, .deviceMeasurement: false
        }
    }
}
