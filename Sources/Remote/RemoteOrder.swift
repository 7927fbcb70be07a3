import Foundation
public import Power

/// A command as it is sent, with the keys of the command language.
public struct RemoteOrder: Sendable, Equatable {
    private struct Payload: Encodable {
        var action: String
        var id: String
        var delay: Double?
        var off_time: Double?
        var `for`: Double?
        var by: String?
        var reason: String?
        var force: Bool?
        var dry_run: Bool?
    }

    /// What to do.
    public var action: Action
    /// How long to wait before acting, in seconds.
    public var delay: Double?
    /// For a cycle: how long the outlet stays off, in seconds.
    public var offTime: Double?
    /// For on and off: after how long to go back, in seconds.
    public var holdTime: Double?
    /// Who wants it.
    public var by: String?
    /// Why.
    public var reason: String?
    /// Whether a protected outlet may be switched.
    public var force = false
    /// Whether only to say what would happen.
    public var dryRun = false

    /// An order.
    public init(_ action: Action) { self.action = action }

    /// How long the command itself takes, in seconds, as far as the order says.
    public var duration: Double { (delay ?? 0) + (action == .cycle ? offTime ?? 0 : 0) + (holdTime ?? 0) }

    func payload(id: String) -> [UInt8] {
        let payload = Payload(
            action: action.rawValue,
            id: id,
            delay: delay,
            off_time: offTime,
            for: holdTime,
            by: by,
            reason: reason,
            force: force ? true : nil,
            dry_run: dryRun ? true : nil
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Only numbers that JSON does not have cannot be encoded; the options let none through.
        return (try? encoder.encode(payload)).map(Array.init) ?? []
    }
}
