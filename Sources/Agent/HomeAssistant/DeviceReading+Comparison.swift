import Power

extension DeviceReading {
    /// Whether the device answered for the same outlets and measured the same quantities; the values may differ.
    func answersTheSame(as other: DeviceReading) -> Bool {
        outlets.count == other.outlets.count && measurements.measuresTheSame(as: other.measurements)
            && outletMeasurements.count == other.outletMeasurements.count
            && outlets.keys.allSatisfy { other.outlets[$0] != nil }
            && outletMeasurements.allSatisfy { number, values in
                other.outletMeasurements[number].map(values.measuresTheSame) ?? false
            }
    }
}
