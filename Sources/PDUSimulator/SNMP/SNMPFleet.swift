import CSNMPResponder
import Dispatch
import Glibc
public import Power

/// Thousands of cheap simulated SNMP PDUs in one thread, for load, each on a port of one address: versions 1 and 2c, and 3
/// with one user.
///
/// They answer GET, GETNEXT, GETBULK and SET of their model's states, controls, names and measurements. For everything
/// beyond (other users and levels, lag, refusals, packet loss) there is `SimulatedSNMPDevice`.
public final class SNMPFleet: Sendable {
    /// What has happened so far.
    public struct Counts: Sendable, Equatable {
        /// Requests received.
        public var requests: UInt64
        /// Answers sent.
        public var answers: UInt64
        /// Orders taken.
        public var orders: UInt64
        /// Requests left unanswered: the device is dead, the community wrong, or the request nonsense.
        public var dropped: UInt64
    }

    /// The last order that an outlet was given over the network.
    public struct LastOrder: Sendable, Equatable {
        /// When, in nanoseconds of `CLOCK_MONOTONIC`.
        public var nanoseconds: Int64
        /// The number written.
        public var value: Int64
    }

    /// The ports, of the first device and so on.
    public let ports: Range<Int>
    /// How many outlets each device has.
    public let outlets: Int
    private let handle: SNMPFleetHandle

    private init(ports: Range<Int>, outlets: Int, handle: SNMPFleetHandle) {
        self.ports = ports
        self.outlets = outlets
        self.handle = handle
    }

    /// Starts a fleet; it answers when this returns. It ends with the last reference to it.
    ///
    /// - Throws: `badConfiguration`, or `cannotStart` naming the port that is taken or what else is missing.
    public static func start(_ configuration: SNMPFleetConfiguration) async throws(PDUSimulatorError) -> SNMPFleet {
        if let problem = configuration.problem { throw PDUSimulatorError(.badConfiguration, problem) }
        // Opening thousands of ports blocks for some milliseconds, which the threads of Swift's pool must not do.
        let result: Result<SNMPFleetHandle, PDUSimulatorError> = await withCheckedContinuation { continuation in
            SNMPFleetHandle.queue.async {
                continuation.resume(
                    returning: Result { () throws(PDUSimulatorError) in try SNMPFleetHandle(configuration) }
                )
            }
        }
        let fleet = SNMPFleet(
            ports: configuration.basePort..<(configuration.basePort + configuration.count),
            outlets: configuration.outlets,
            handle: try result.get()
        )
        let dead = Int((Double(configuration.count) * configuration.deadShare).rounded())
        for number in 0..<dead { fleet.setDead(true, device: number * configuration.count / dead) }
        return fleet
    }

    /// What has happened so far.
    public var counts: Counts {
        let counts = busbar_fleet_count(handle.fleet)
        return Counts(
            requests: counts.requests,
            answers: counts.answers,
            orders: counts.orders,
            dropped: counts.dropped
        )
    }

    /// What an outlet is.
    ///
    /// - Parameters:
    ///   - device: the device, from 0.
    ///   - outlet: the outlet, from 1.
    /// - Returns: nothing when there is no such outlet.
    public func state(device: Int, outlet: Int) -> PowerState? {
        switch busbar_fleet_state(handle.fleet, UInt32(clamping: device), UInt32(clamping: outlet)) {
        case 1: .on
        case 0: .off
        default: nil
        }
    }

    /// The last order that an outlet was given over the network; nothing when it was given none.
    public func lastOrder(device: Int, outlet: Int) -> LastOrder? {
        var value: Int64 = 0
        let time = busbar_fleet_last_order(handle.fleet, UInt32(clamping: device), UInt32(clamping: outlet), &value)
        return time == 0 ? nil : LastOrder(nanoseconds: time, value: value)
    }

    /// Presses the button of an outlet.
    public func press(device: Int, outlet: Int) {
        busbar_fleet_press(handle.fleet, UInt32(clamping: device), UInt32(clamping: outlet))
    }

    /// Lets a device give no sign of life, or be well again.
    public func setDead(_ isDead: Bool, device: Int) {
        busbar_fleet_set_dead(handle.fleet, UInt32(clamping: device), isDead)
    }

    /// Lets the answers of a device wait.
    public func setLatency(_ latency: Duration, device: Int) {
        let nanoseconds = UInt64(clamping: latency.wholeNanoseconds)
        busbar_fleet_set_latency(handle.fleet, UInt32(clamping: device), nanoseconds)
    }
}
