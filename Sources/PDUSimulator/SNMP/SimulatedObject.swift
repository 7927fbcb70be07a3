public import Power

/// A column of a simulated device's tables, or a single object of it: where it is, its type, and what it tells or does.
public struct SimulatedObject: Sendable, Hashable {
    /// What an object tells, and what writing it does.
    public enum Content: Sendable, Hashable {
        /// Always the same; read-only.
        case constant(SimulatedValue)
        /// Whatever was last written, at first this.
        case stored(SimulatedValue)
        /// The number of outlets; read-only.
        case outletCount
        /// The outlet's number; read-only.
        case outletNumber
        /// The outlet's name; it may be written where `isWritable`.
        case outletName(isWritable: Bool)
        /// The outlet's state as the device tells it; read-only.
        case state(StateWords)
        /// Written it switches; read it tells the state in its own words.
        case control(ControlWords)
        /// Written with a number of seconds it switches after so long; read it tells -1. A written -1 cancels.
        case delay(ControlWords.Order)
        /// Whether something is yet to come for the outlet; read-only.
        case pending(yes: Int32, no: Int32)
        /// A measurement of the outlet, times a factor; read-only.
        case outletMeasurement(Quantity, factor: Double)
        /// A measurement of the whole device, times a factor; read-only.
        case deviceMeasurement(Quantity, factor: Double)
    }

    /// The words in which an object tells a state.
    public struct StateWords: Sendable, Hashable {
        /// The number for on.
        public var on: Int32
        /// The number for off.
        public var off: Int32
        /// The number while something is yet to come, for devices that tell it here.
        public var pending: Int32?

        /// Words for a state.
        public init(on: Int32, off: Int32, pending: Int32? = nil) {
            self.on = on
            self.off = off
            self.pending = pending
        }
    }

    /// The words that an object takes as orders.
    public struct ControlWords: Sendable, Hashable {
        /// What a word means.
        public enum Order: String, Sendable, Hashable, CaseIterable {
            /// On now.
            case on
            /// Off now.
            case off
            /// Off and on again by itself.
            case cycle
            /// On after the device's own delay.
            case delayedOn = "delayed_on"
            /// Off after the device's own delay.
            case delayedOff = "delayed_off"
            /// Off and on again, after the device's own delay.
            case delayedCycle = "delayed_cycle"
            /// Forget what is yet to come.
            case cancel
            /// Accepted without doing anything.
            case nothing
        }

        /// The meaning of each number that may be written; any other is a wrong value.
        public var orders: [Int32: Order]
        /// What reading tells.
        public var reading: StateWords

        /// Words for control, and what reading the object tells.
        public init(_ orders: [Int32: Order], reading: StateWords) {
            self.orders = orders
            self.reading = reading
        }
    }

    /// Where it is.
    public var id: SimulatedObjectID
    /// Its type; a value of any other type is refused.
    public var kind: SimulatedValue.Kind
    /// What it tells and does.
    public var content: Content

    /// An object.
    public init(_ id: SimulatedObjectID, _ kind: SimulatedValue.Kind, _ content: Content) {
        self.id = id
        self.kind = kind
        self.content = content
    }
}
