/// What a device can be told to do with an outlet, by the keys of a model file.
enum OutletAction: String, Sendable, Hashable, CaseIterable {
    /// On, now.
    case on
    /// Off, now.
    case off
    /// Off and on again, by the device itself.
    case cycle
    /// On after the delay that the device is set to, or that is written.
    case delayedOn = "delayed_on"
    /// Off after a delay.
    case delayedOff = "delayed_off"
    /// A cycle after a delay.
    case delayedCycle = "delayed_cycle"
    /// Forget a delayed action.
    case cancel
}
