import Power

extension Quantity {
    /// How Home Assistant shows a quantity; its units are those of `Quantity`.
    struct Presentation: Equatable {
        var words: String
        var deviceClass: String
        var unit: String?
        var stateClass = "measurement"
        var precision: Int
    }

    var presentation: Presentation {
        switch self {
        case .power: Presentation(words: "power", deviceClass: "power", unit: "W", precision: 1)
        case .energy:
            // The Energy dashboard wants a meter that only grows; that it is reset at times is understood.
            Presentation(
                words: "energy",
                deviceClass: "energy",
                unit: "Wh",
                stateClass: "total_increasing",
                precision: 0
            )
        case .current: Presentation(words: "current", deviceClass: "current", unit: "A", precision: 2)
        case .voltage: Presentation(words: "voltage", deviceClass: "voltage", unit: "V", precision: 1)
        case .apparentPower:
            Presentation(words: "apparent power", deviceClass: "apparent_power", unit: "VA", precision: 1)
        case .powerFactor: Presentation(words: "power factor", deviceClass: "power_factor", unit: nil, precision: 2)
        case .frequency: Presentation(words: "frequency", deviceClass: "frequency", unit: "Hz", precision: 2)
        case .temperature: Presentation(words: "temperature", deviceClass: "temperature", unit: "°C", precision: 1)
        case .humidity: Presentation(words: "humidity", deviceClass: "humidity", unit: "%", precision: 0)
        }
    }
}
