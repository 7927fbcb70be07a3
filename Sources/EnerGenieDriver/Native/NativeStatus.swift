public import Power

/// The states of the four outlets as the native protocol reports them.
///
/// The codes differ with the model, which they thereby tell. An unknown code is reported as such, never taken for off.
public struct NativeStatus: Sendable, Equatable {
    /// The sets of state codes that are known, named as in egctl.
    public enum Dialect: String, Sendable, CaseIterable {
        /// EG-PMS-LAN, which also tells whether there is voltage behind each outlet.
        case pms20
        /// EG-PM2-LAN and EG-PMS2-LAN.
        case pms21
        /// EG-PMS-WLAN and EG-PMS2-WLAN.
        case pmswlan
    }

    /// The model's set of codes.
    public let dialect: Dialect
    /// Outlets 1 to 4, in this order.
    public let outlets: [OutletReading]
    /// What does not fit together, for people.
    public let warnings: [String]

    /// Reads state codes of outlets 1 to 4; nothing when none is known, or when they are of different models, because
    /// then the frame has been mutilated.
    public init?(codes: SIMD4<UInt8>) {
        var dialect: Dialect?
        var outlets: [OutletReading] = []
        var warnings: [String] = []
        for (index, code) in (0..<4).map({ ($0 + 1, codes[$0]) }) {
            guard let meaning = Self.meanings[code] else {
                outlets.append(.indeterminate("state code 0x\(String(code, radix: 16))"))
                continue
            }
            guard dialect == nil || dialect == meaning.dialect else { return nil }
            dialect = meaning.dialect
            outlets.append(.settled(meaning.state))
            if let warning = meaning.warning { warnings.append("outlet \(index) \(warning)") }
        }
        guard let dialect else { return nil }
        self.dialect = dialect
        self.outlets = outlets
        self.warnings = warnings
    }

    private struct Meaning {
        let dialect: Dialect
        let state: PowerState
        var warning: String?
    }

    private static let meanings: [UInt8: Meaning] = [
        0x11: Meaning(dialect: .pms20, state: .on),
        0x12: Meaning(dialect: .pms20, state: .on, warning: "is on but has no voltage"),
        0x22: Meaning(dialect: .pms20, state: .off),
        0x21: Meaning(dialect: .pms20, state: .off, warning: "is off but has voltage"),
        0x41: Meaning(dialect: .pms21, state: .on),
        0x82: Meaning(dialect: .pms21, state: .off),
        0x51: Meaning(dialect: .pmswlan, state: .on),
        0x92: Meaning(dialect: .pmswlan, state: .off),
    ]
}
