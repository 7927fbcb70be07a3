extension Faults {
    /// Carries out an order that is about faults.
    ///
    /// - Returns: whether it was one.
    public mutating func apply(_ order: SimulatorOrder) -> Bool {
        switch order {
        case .dead: isDead = true
        case .alive: isDead = false
        case .refuse(let refuses): isRefusing = refuses
        case .latency(let time): latency = time
        case .loss(let share): loss = share
        case .lag(let time): settleLag = time
        case .press, .state, .reboot: return false
        }
        return true
    }
}

extension Faults: CustomStringConvertible {
    /// What is wrong, for people, as `latency 0.05 seconds, refusing`; `none` when all is well.
    public var description: String {
        var words: [String] = []
        if isDead { words.append("dead") }
        if isRefusing { words.append("refusing") }
        if latency != .zero { words.append("latency \(latency)") }
        if loss > 0 { words.append("loss \(loss * 100) %") }
        if settleLag != .zero { words.append("lag \(settleLag)") }
        return words.isEmpty ? "none" : words.joined(separator: ", ")
    }
}
