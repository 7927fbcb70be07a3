internal import Power

extension DeviceReport: CustomStringConvertible {
    /// The report for people, in lines.
    public var description: String {
        var lines = ["\(model) (\(found))"]
        if let modelID {
            let trust =
                switch maturity {
                case "hardware": "tried on hardware"
                case "mib": "made from the vendor's MIB, not tried on hardware here"
                default: "experimental"
                }
            lines.append("model file: \(modelID), \(trust)")
        }
        if let firmware { lines.append("firmware: \(firmware)") }
        if let serial { lines.append("serial number: \(serial)") }
        if !measurements.isEmpty { lines.append("measures: \(Self.text(measurements))") }
        for outlet in outlets {
            var line = "outlet \(outlet.number): \(outlet.state ?? "?")"
            if let name = outlet.name { line += "  \(name)" }
            if let measured = outlet.measurements { line += "  (\(Self.text(measured)))" }
            lines.append(line)
        }
        lines += notes.map { "note: \($0)" }
        return lines.joined(separator: "\n")
    }

    private static func text(_ measurements: MeasuredValues) -> String {
        measurements.map { quantity, value in
            let rounded = (value * 1000).rounded() / 1000
            let digits = rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
            return "\(quantity.rawValue) \(digits)\(quantity.unit)"
        }
        .joined(separator: ", ")
    }
}

extension Quantity {
    /// The unit with a space before it; nothing for a ratio.
    fileprivate var unit: String {
        switch self {
        case .current: " A"
        case .voltage: " V"
        case .power: " W"
        case .apparentPower: " VA"
        case .powerFactor: ""
        case .energy: " Wh"
        case .frequency: " Hz"
        case .temperature: " °C"
        case .humidity: " %"
        }
    }
}
