/// What a device says of itself; everything it does not say is absent.
public struct DeviceDescription: Sendable, Equatable {
    /// The model as the device or Busbar's model file names it.
    public var model: String?
    /// The firmware's version.
    public var firmware: String?
    /// The serial number.
    public var serial: String?
    /// The names that the device itself gives its outlets.
    public var outletNames: [OutletNumber: String]
    /// The outlets the device has, where it can tell.
    public var outlets: [OutletNumber]?

    /// A description; everything that is not given is absent.
    public init(
        model: String? = nil,
        firmware: String? = nil,
        serial: String? = nil,
        outletNames: [OutletNumber: String] = [:],
        outlets: [OutletNumber]? = nil
    ) {
        self.model = model
        self.firmware = firmware
        self.serial = serial
        self.outletNames = outletNames
        self.outlets = outlets
    }
}
