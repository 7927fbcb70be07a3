/// A quantity that a device can measure, always in the unit named here.
public enum Quantity: String, Sendable, Hashable, CaseIterable {
    /// In amperes.
    case current
    /// In volts.
    case voltage
    /// Active power, in watts.
    case power
    /// In volt-amperes.
    case apparentPower = "apparent_power"
    /// A ratio from 0 to 1.
    case powerFactor = "power_factor"
    /// Active energy since the device's counter was last reset, in watt-hours.
    case energy
    /// In hertz.
    case frequency
    /// In degrees Celsius.
    case temperature
    /// Relative humidity, in percent.
    case humidity
}
