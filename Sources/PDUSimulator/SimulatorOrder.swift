/// What a person or a test tells a simulated device from outside, beside its network.
public enum SimulatorOrder: Sendable, Hashable {
    /// Somebody presses an outlet's button: it changes behind everybody's back.
    case press(outlet: Int)
    /// Tell the outlets' states and the faults.
    case state
    /// Give no sign of life any more.
    case dead
    /// Be well again after `dead`.
    case alive
    /// Answer but refuse to switch, or stop refusing.
    case refuse(Bool)
    /// Let every answer wait so long.
    case latency(Duration)
    /// Lose this share of requests and answers, 0 to 1.
    case loss(Double)
    /// Go on reporting the old state so long after a switch.
    case lag(Duration)
    /// Start anew: the outlets keep their states.
    case reboot

    /// The language, for people.
    public static let help = """
        press N          press the button of outlet N
        state            tell the states of the outlets and the faults
        dead | alive     give no sign of life, or be well again
        refuse on|off    answer but refuse to switch
        latency 50ms     let every answer wait
        loss 10%         lose requests and answers
        lag 2s           report the old state so long after a switch
        reboot           start anew; the outlets keep their states
        """

    /// Reads an order, as `press 3`, in any case.
    ///
    /// - Throws: `badOrder` saying what would be right.
    public init(_ text: some StringProtocol) throws(PDUSimulatorError) {
        let words = text.split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
        switch (words.first, words.count) {
        case ("press", 2): self = .press(outlet: try Self.outlet(words[1]))
        case ("state", 1): self = .state
        case ("dead", 1): self = .dead
        case ("alive", 1): self = .alive
        case ("refuse", 2): self = .refuse(try Self.flag(words[1]))
        case ("latency", 2): self = .latency(try Self.duration(words[1]))
        case ("loss", 2): self = .loss(try Self.share(words[1]))
        case ("lag", 2): self = .lag(try Self.duration(words[1]))
        case ("reboot", 1): self = .reboot
        default:
            throw PDUSimulatorError(
                .badOrder,
                "cannot understand \"\(text.prefix(60))\"; the orders are:\n\(Self.help)"
            )
        }
    }

    /// A time as `50ms`, `2s`, `1.5s` or `1m`; at most an hour.
    ///
    /// - Throws: `badOrder` for anything else.
    public static func duration(_ text: some StringProtocol) throws(PDUSimulatorError) -> Duration {
        let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("us", 0.000_001), ("s", 1), ("m", 60)]
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let number = Double(text.dropLast(unit.suffix.count)) else { break }
            let seconds = number * unit.seconds
            guard seconds >= 0, seconds <= 3_600 else { break }
            return .nanoseconds(Int64((seconds * 1e9).rounded()))
        }
        throw PDUSimulatorError(.badOrder, "\"\(text.prefix(60))\" is not a time from 0s to 3600s, as 50ms or 1.5s")
    }

    /// A share from 0 to 1, as `10%` or `0.1`.
    ///
    /// - Throws: `badOrder` for anything else.
    public static func share(_ text: some StringProtocol) throws(PDUSimulatorError) -> Double {
        let isPercentage = text.hasSuffix("%")
        if let number = Double(isPercentage ? String(text.dropLast()) : String(text)) {
            let share = isPercentage ? number / 100 : number
            if share >= 0 && share <= 1 { return share }
        }
        throw PDUSimulatorError(.badOrder, "\"\(text.prefix(60))\" is not a share from 0% to 100%, as 10% or 0.1")
    }

    private static func outlet(_ text: String) throws(PDUSimulatorError) -> Int {
        guard let number = Int(text), number > 0 else {
            throw PDUSimulatorError(.badOrder, "\"\(text.prefix(60))\" is not an outlet's number, from 1")
        }
        return number
    }

    private static func flag(_ text: String) throws(PDUSimulatorError) -> Bool {
        switch text {
        case "on": true
        case "off": false
        default: throw PDUSimulatorError(.badOrder, "\"\(text.prefix(60))\" is neither on nor off")
        }
    }
}
