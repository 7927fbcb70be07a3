import Logging
import Synchronization

/// Keeps what is logged.
final class LogCatcher: LogHandler, Sendable {
    private let kept = Mutex<[String]>([])

    /// The messages so far, each after its level.
    var lines: [String] { kept.withLock { $0 } }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        kept.withLock { $0.append("\(event.level): \(event.message)") }
    }
}
