import Power

@testable import Agent

/// A device in memory that does what real ones do wrong, and writes down every switch it was asked for.
struct ModelDevice {
    /// One switch that was sent, and whether the relay got it.
    struct Switch {
        var at: Moment
        var outlet: OutletNumber
        var state: PowerState
        var tickets: [Ticket]
        var isWayBack: Bool
        var wasExecuted: Bool
    }

    var states: [OutletNumber: PowerState]
    private var shown: [OutletNumber: (old: PowerState, until: Moment)] = [:]
    private(set) var record: [Switch] = []
    private(set) var outageEnds = Moment.start
    /// The share of requests that go wrong, 0 to 1.
    var trouble: Double
    let settleLag: Duration

    init(outlets: [OutletNumber], trouble: Double, settleLag: Duration) {
        states = Dictionary(uniqueKeysWithValues: outlets.map { ($0, .off) })
        self.trouble = trouble
        self.settleLag = settleLag
    }

    mutating func dieUntil(_ moment: Moment) { outageEnds = moment }

    /// Takes a switch as it leaves the agent, and decides what becomes of it.
    mutating func set(
        _ orders: [OutletNumber: PowerState],
        _ running: (OutletNumber) -> OutletWork?,
        at now: Moment,
        using random: inout RandomSource
    ) -> DriverError? {
        let fate = random.unit()
        var error: DriverError?
        var isExecuted = true
        if now < outageEnds {
            (error, isExecuted) = (DriverError(.timeout, "no answer"), false)
        } else if fate < trouble * 0.3 {
            (error, isExecuted) = (DriverError(.timeout, "lost on the way"), false)
        } else if fate < trouble * 0.6 {
            error = DriverError(.timeout, "the answer was lost")
        } else if fate < trouble * 0.8 {
            (error, isExecuted) = (DriverError(.refused, "no"), false)
        } else if fate < trouble {
            // The device says yes, and the relay sticks.
            isExecuted = false
        }
        for (outlet, state) in orders {
            let running = running(outlet)
            record.append(
                Switch(
                    at: now,
                    outlet: outlet,
                    state: state,
                    tickets: running?.tickets ?? [],
                    isWayBack: running?.isOnWayBack ?? false,
                    wasExecuted: isExecuted
                )
            )
            guard isExecuted, let old = states[outlet], old != state else { continue }
            states[outlet] = state
            shown[outlet] = (old, now + settleLag)
        }
        return error
    }

    mutating func read(at now: Moment, using random: inout RandomSource) -> Result<DeviceReading, DriverError> {
        if now < outageEnds || random.unit() < trouble * 0.3 { return .failure(DriverError(.timeout, "no answer")) }
        var outlets: [OutletNumber: OutletReading] = [:]
        for (outlet, state) in states {
            if let (old, until) = shown[outlet], now < until {
                outlets[outlet] = .settled(old)
            } else {
                outlets[outlet] = .settled(state)
            }
        }
        return .success(DeviceReading(outlets: outlets))
    }
}
