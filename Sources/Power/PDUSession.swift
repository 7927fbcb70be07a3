/// One session with a device, valid only inside `PDUDriver.withSession`.
public protocol PDUSession: Sendable {
    /// Reads outlets, from the device and never from a cache.
    ///
    /// - Parameter scope: what the caller needs; a device that can only be read as a whole may answer more.
    /// - Throws: `DriverError` when the device as a whole could not be read. An outlet that the device did not answer
    ///   for is absent from the reading.
    nonisolated(nonsending) func read(_ scope: ReadScope) async throws(DriverError) -> DeviceReading

    /// Reads as `read(_:)` does, and stops between two requests once something more urgent is to be sent.
    ///
    /// A device that is read by one request has nothing to stop between.
    ///
    /// - Parameter mustGiveWay: asked before each request, from any thread.
    /// - Throws: `DriverError` with the code `cancelled` when it stopped; nothing is known of the device then.
    nonisolated(nonsending) func read(
        _ scope: ReadScope,
        mustGiveWay: @escaping @Sendable () -> Bool
    ) async throws(DriverError) -> DeviceReading

    /// Tells the device to switch outlets and returns when it has accepted that. It does not read back.
    ///
    /// - Parameter orders: the outlets and their new states; more than one only where the traits say
    ///   `switchesTogether`.
    /// - Throws: `DriverError`; its `leavesDoubt` says whether the device may have switched.
    nonisolated(nonsending) func set(_ orders: [OutletNumber: PowerState]) async throws(DriverError)

    /// Tells the device to switch an outlet off and on again by itself. Only where the traits say `cyclesByItself`.
    ///
    /// - Throws: `DriverError`, `unsupported` where the device cannot.
    nonisolated(nonsending) func cycle(_ outlet: OutletNumber) async throws(DriverError)

    /// Asks the device what it is.
    nonisolated(nonsending) func describe() async throws(DriverError) -> DeviceDescription
}

extension PDUSession {
    /// Reads to the end.
    public nonisolated(nonsending) func read(
        _ scope: ReadScope,
        mustGiveWay: @escaping @Sendable () -> Bool
    ) async throws(DriverError) -> DeviceReading {
        try await read(scope)
    }

    /// Refuses: most devices have no cycle of their own.
    public nonisolated(nonsending) func cycle(_ outlet: OutletNumber) async throws(DriverError) {
        throw DriverError(.unsupported, "outlet \(outlet): this device cannot cycle an outlet by itself")
    }

    /// Says nothing: a device that cannot be asked.
    public nonisolated(nonsending) func describe() async throws(DriverError) -> DeviceDescription {
        DeviceDescription()
    }
}
