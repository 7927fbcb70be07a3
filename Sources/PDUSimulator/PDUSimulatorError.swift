/// Why a simulated device could not be started or did not take an order.
public struct PDUSimulatorError: Error, Sendable, Equatable {
    /// What kind of failure it is.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The words of an order make no sense.
        case badOrder
        /// The settings of a device make no sense.
        case badConfiguration
        /// A port, a file or a program that the device needs could not be had.
        case cannotStart
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened and what to do about it.
    public let message: String

    /// An error with its explanation.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension PDUSimulatorError: CustomStringConvertible {
    /// The message; the code is for programs.
    public var description: String { message }
}
