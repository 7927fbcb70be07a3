import Logging
import TestSupport

/// A logger whose lines a test can look at.
struct RecordingLogHandler: LogHandler {
    let lines: Recorder<String>
    var logLevel = Logger.Level.debug
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.append("\(event.level): \(event.message)") }

    static func logger(_ lines: Recorder<String>) -> Logger {
        Logger(label: "mqtt.tests") { _ in RecordingLogHandler(lines: lines) }
    }
}
