import Power

extension DeviceReading {
    /// Whether the device answered for the same outlets and measured the same quantities; the values may differ.
    func answersTheSame(as other: DeviceReading) -> Bool {
        outlets.keys == other.outlets.keys && measurements.keys == other.measurements.keys
            && outletMeasurements.keys == other.outletMeasurements.keys
            && outletMeasurements.allSatisfy { number, values in
                values.keys == other.outletMeasurements[number]?.keys
            }
    }
}
