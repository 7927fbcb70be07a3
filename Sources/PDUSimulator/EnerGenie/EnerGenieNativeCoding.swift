internal import Power

/// The device's side of the native protocol's arithmetic, for one session.
struct EnerGenieNativeCoding: Sendable {
    private let key: [UInt8]
    private let task: [UInt8]

    /// - Parameter task: the four bytes of the challenge.
    init(password: String, task: [UInt8]) {
        let bytes = password.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        key = Array((bytes + Array(repeating: 0x20, count: 8)).prefix(8))
        self.task = task
    }

    /// The answer that the right password gives.
    var answer: [UInt8] {
        let low = Int(task[0] ^ key[2]) * Int(key[0])
        let high = Int(task[1] ^ key[3]) * Int(key[1])
        let first = low ^ (Int(key[6]) + 256 * Int(key[4])) ^ Int(task[2])
        let second = high ^ (Int(key[7]) + 256 * Int(key[5])) ^ Int(task[3])
        return [first % 256, first / 256 % 256, second % 256, second / 256 % 256].map { UInt8($0) }
    }

    /// A status frame; outlet 4 comes first.
    func status(_ states: [PowerState], voltages: [Bool], _ dialect: EnerGenieFirmware.Dialect) -> [UInt8] {
        zip(states, voltages).reversed().map { state, hasVoltage in
            let code: UInt8 =
                switch (dialect, state, hasVoltage) {
                case (.pms20, .on, true): 0x11
                case (.pms20, .on, false): 0x12
                case (.pms20, .off, false): 0x22
                case (.pms20, .off, true): 0x21
                case (.pms21, .on, _): 0x41
                case (.pms21, .off, _): 0x82
                case (.pmswlan, .on, _): 0x51
                case (.pmswlan, .off, _): 0x92
                }
            return (((code ^ task[2]) &+ task[3]) ^ key[0]) &+ key[1]
        }
    }

    /// What a control frame orders; outlets that it leaves alone are absent. Nothing when it makes no sense.
    func orders(in frame: [UInt8]) -> [Int: PowerState]? {
        var orders: [Int: PowerState] = [:]
        for (index, byte) in frame.enumerated() {
            switch (((byte &- key[1]) ^ key[0]) &- task[3]) ^ task[2] {
            case 1: orders[4 - index] = .on
            case 2: orders[4 - index] = .off
            case 4: break
            default: return nil
            }
        }
        return orders
    }
}
