import AgentConfiguration
import Logging
import Synchronization

/// How much the process logs; it may change while it runs.
enum LogThreshold {
    private struct State {
        var level = Logger.Level.info
        var isFixed = false
    }

    private static let state = Mutex(State())

    static var level: Logger.Level { state.withLock(\.level) }

    /// Sets the level for good: what the command line says counts for more than the configuration.
    static func fix(_ level: Logger.Level) {
        state.withLock { $0 = State(level: level, isFixed: true) }
    }

    /// Takes over the level of the configuration.
    static func adopt(_ settings: LogSettings) {
        guard let level = Logger.Level(rawValue: settings.level.rawValue) else { return }
        state.withLock { if !$0.isFixed { $0.level = level } }
    }
}
