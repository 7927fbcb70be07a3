import Power

/// The next thing a lane has to do.
enum Turn: Equatable {
    /// Tell the device to switch.
    case set([OutletNumber: PowerState])
    /// Tell the device to cycle an outlet by itself.
    case cycle(OutletNumber)
    /// Read the device.
    case read(ReadScope)
    /// Nothing until the moment, or until something comes in.
    case wait(until: Moment)

    /// Whether the turn needs the device.
    var isDeviceWork: Bool {
        if case .wait = self { false } else { true }
    }
}
