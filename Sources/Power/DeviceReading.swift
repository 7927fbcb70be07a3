/// What one read of a device gave. An outlet or quantity the device did not answer for is absent, never made up.
public struct DeviceReading: Sendable, Equatable {
    /// The outlets the device answered for.
    public var outlets: [OutletNumber: OutletReading]
    /// Measurements of single outlets.
    public var outletMeasurements: [OutletNumber: MeasuredValues]
    /// Measurements of the inlet or the device as a whole.
    public var measurements: MeasuredValues
    /// How far the outlets' counters of energy count before they begin again at 0, in watt-hours: only those that do.
    public var outletEnergySpans: [OutletNumber: Double]
    /// The same of the counter of the device as a whole; where it adds up several counters, of each of them.
    public var energySpan: Double?
    /// What the device complains about (no mains behind a switched-on outlet, an overload), for people.
    public var warnings: [String]

    /// A reading; everything that is not given is absent.
    public init(
        outlets: [OutletNumber: OutletReading] = [:],
        outletMeasurements: [OutletNumber: MeasuredValues] = [:],
        measurements: MeasuredValues = [:],
        outletEnergySpans: [OutletNumber: Double] = [:],
        energySpan: Double? = nil,
        warnings: [String] = []
    ) {
        self.outlets = outlets
        self.outletMeasurements = outletMeasurements
        self.measurements = measurements
        self.outletEnergySpans = outletEnergySpans
        self.energySpan = energySpan
        self.warnings = warnings
    }
}
