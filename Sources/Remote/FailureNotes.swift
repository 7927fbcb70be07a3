import Logging
import Synchronization

/// Keeps what the MQTT client would log, for the one line that tells why nothing worked.
final class FailureNotes: Sendable {
    private let last = Mutex<String?>(nil)
    private let news: AsyncStream<Void>.Continuation
    /// Tells of each failure; they come seldom and only the newest counts.
    let failures: AsyncStream<Void>

    init() {
        (failures, news) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The last failure.
    var reason: String? { last.withLock(\.self) }

    /// A logger that writes here.
    var logger: Logger {
        Logger(label: "busbar.remote") { _ in Handler(notes: self) }
    }

    fileprivate func note(_ text: String) {
        last.withLock { $0 = text }
        news.yield()
    }

    private struct Handler: LogHandler {
        let notes: FailureNotes
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            guard event.level >= .warning else { return }
            let text = event.message.description
            notes.note(text.hasPrefix("MQTT: ") ? String(text.dropFirst(6)) : text)
        }
    }
}
