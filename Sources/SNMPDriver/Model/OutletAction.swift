/// What a device can be told to do with an outlet, by the keys of a model file.
enum OutletAction: String, Sendable, Hashable, CaseIterable {
    /// On, now.
    case on
    /// Off, now.
    case off
    /// Off and on again, by the device itself.
    case cycle
}
