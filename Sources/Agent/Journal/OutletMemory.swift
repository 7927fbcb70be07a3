public import Foundation
public import Power

/// What an outlet's protections and its `on_return` have to know of the time before a restart.
public struct OutletMemory: Sendable, Equatable, Codable {
    /// The outlet.
    public var outlet: OutletID
    /// `ON` or `OFF`, as the device said last.
    public var state: String?
    /// Since when it was in that state.
    public var since: Date?
    /// When its cycles within the last hour began.
    public var cycleStarts: [Date] = []
    /// `ON` or `OFF`, as the device said last before it went away, while it is away.
    public var beforeOutage: String?
}
