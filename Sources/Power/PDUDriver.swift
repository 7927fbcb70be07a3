/// Speaks to one device. One caller at a time: the lane of the PDU, which never asks two things at once.
public protocol PDUDriver: Sendable {
    /// How the device has to be treated.
    var traits: DriverTraits { get }

    /// Opens the device's session, runs `body` with it, and closes it again: on success, error and cancellation alike.
    ///
    /// For devices without sessions this only runs `body`.
    ///
    /// - Throws: what opening the session threw, else what `body` threw. A session that could not be closed is
    ///   reported in the log and by the next `withSession`, not here: the work in it was done.
    nonisolated(nonsending) func withSession<Value: Sendable>(
        _ body: nonisolated(nonsending) (any PDUSession) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value

    /// Frees what the driver holds (sockets, connection pools). It is not used afterwards.
    nonisolated(nonsending) func shutDown() async
}
