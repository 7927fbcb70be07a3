import Foundation
import Logging

/// Log lines for programs: one JSON object each.
struct JSONLogHandler: LogHandler {
    private struct Line: Encodable {
        let time: String
        let level: String
        let message: String
        let about: [String: String]
    }

    let label: String
    private var ownLevel: Logger.Level?
    var metadata: Logger.Metadata = [:]

    init(label: String) { self.label = label }

    /// The process's level, unless a logger was given one of its own.
    var logLevel: Logger.Level {
        get { ownLevel ?? LogThreshold.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = Line(
            time: Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(Date()),
            level: event.level.rawValue,
            message: "\(event.message)",
            about: metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(line) else { return }
        StandardError.write(line: String(decoding: data, as: UTF8.self))
    }
}
