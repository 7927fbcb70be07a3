internal import Power

/// Orders for the outlets of a strip, checked.
struct OutletOrders: Sendable {
    /// The outlets of every model.
    static let outlets = (1...4).compactMap { OutletNumber($0) }

    private let orders: [OutletNumber: PowerState]

    /// Takes at least one order for outlets that there are; several only where they can be switched together.
    init(_ orders: [OutletNumber: PowerState], together: Bool) throws(DriverError) {
        if let strange = orders.keys.first(where: { !Self.outlets.contains($0) }) {
            throw DriverError(.unsupported, "outlet \(strange): an EnerGenie strip has outlets 1 to 4")
        }
        guard !orders.isEmpty, together || orders.count == 1 else {
            throw DriverError(.unsupported, "\(orders.count) outlets in one request: this device is told one at a time")
        }
        self.orders = orders
    }

    /// What to do with each outlet in turn; nothing where it is to be left alone.
    var states: [PowerState?] { Self.outlets.map { orders[$0] } }

    /// The web interface's form. It names only the outlets that are to be switched, so that nothing else can be meant.
    var form: [UInt8] {
        let fields = zip(Self.outlets, states).compactMap { outlet, state in
            state.map { "cte\(outlet)=\($0 == .on ? 1 : 0)" }
        }
        return Array(fields.joined(separator: "&").utf8)
    }
}
