import Power

/// What is plugged into the outlets of a simulated device: something that takes 0.5 A from the first outlet, 0.6 A from
/// the second and so on, at 230 V and 50 Hz with a power factor of 0.95, while the outlet is on.
struct SimulatedLoad: Sendable {
    private static let voltage = 230.0
    private static let powerFactor = 0.95

    /// What an outlet measures; absent for what such a device does not measure.
    static func measurement(_ quantity: Quantity, outlet: Int, isOn: Bool, timeOn: Duration) -> Double? {
        let current = 0.4 + 0.1 * Double(outlet)
        let power = current * voltage * powerFactor
        return switch quantity {
        case .voltage: isOn ? voltage : 0
        case .current: isOn ? current : 0
        case .power: isOn ? power : 0
        case .apparentPower: isOn ? current * voltage : 0
        case .powerFactor: isOn ? powerFactor : 0
        case .energy: power * (timeOn / .seconds(3_600))
        case .frequency: 50
        case .temperature, .humidity: nil
        }
    }

    /// What the inlet measures: the sum where there is one, else what the mains are like.
    static func total(_ quantity: Quantity, of outlets: [Double]) -> Double? {
        switch quantity {
        case .voltage: voltage
        case .powerFactor: outlets.contains { $0 > 0 } ? powerFactor : 0
        case .frequency: 50
        case .current, .power, .apparentPower, .energy: outlets.reduce(0, +)
        case .temperature, .humidity: nil
        }
    }
}
