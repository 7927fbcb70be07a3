/// A simulated device that takes orders from outside.
public protocol OrderableDevice: Sendable {
    /// Carries out an order.
    ///
    /// - Returns: what to tell the one who gave it.
    /// - Throws: `badOrder` when the device has no such outlet, `cannotStart` when it does not come back.
    func perform(_ order: SimulatorOrder) async throws(PDUSimulatorError) -> String
}

extension OrderableDevice {
    /// Carries out an order given as text; an error becomes the answer.
    public func perform(_ text: String) async -> String {
        do throws(PDUSimulatorError) {
            return try await perform(try SimulatorOrder(text))
        } catch {
            return "error: \(error)"
        }
    }
}
