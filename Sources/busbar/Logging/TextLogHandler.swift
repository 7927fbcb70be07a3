import Foundation
import Logging

/// Log lines for people: time, level, message, then what it is about.
struct TextLogHandler: LogHandler {
    let label: String
    private var ownLevel: Logger.Level?
    var metadata: Logger.Metadata = [:]

    private static let colours: [Logger.Level: String] = [
        .warning: "\u{1B}[33m", .error: "\u{1B}[31m", .critical: "\u{1B}[31;1m", .notice: "\u{1B}[1m",
    ]

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
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let time = Date().formatted(.iso8601.time(includingFractionalSeconds: true).timeZone(separator: .omitted))
        var line = "\(time) \(event.level.rawValue.uppercased()) "
        if let pdu = all["pdu"] { line += "\(pdu): " }
        line += "\(event.message)"
        let rest = all.filter { $0.key != "pdu" }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        if !rest.isEmpty { line += "  (" + rest.joined(separator: ", ") + ")" }
        line = String(line.map { $0.isNewline ? " " : $0 })
        if StandardError.isTerminal, let colour = Self.colours[event.level] { line = "\(colour)\(line)\u{1B}[0m" }
        StandardError.write(line: line)
    }
}
