import AsyncHTTPClient
import Foundation
import NIOCore

/// Server-sent events, one after the other.
struct EventStream {
    struct Event: Sendable {
        let name: String
        let json: String

        var data: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]) ?? [:]
        }
    }

    private var events: AsyncStream<Event>.Iterator

    init(_ events: AsyncStream<Event>) {
        self.events = events.makeAsyncIterator()
    }

    /// The next event; nothing when the stream has ended.
    mutating func next() async -> Event? { await events.next(isolation: #isolation) }

    /// The next event of this name.
    mutating func next(_ name: String) async -> Event? {
        while let event = await next() {
            if event.name == name { return event }
        }
        return nil
    }

    /// Reads a stream to its end. Comments are skipped.
    @concurrent static func read(_ body: HTTPClientResponse.Body, into events: AsyncStream<Event>.Continuation) async {
        var text = ""
        do {
            for try await buffer in body {
                text += String(buffer: buffer)
                while let end = text.range(of: "\n\n") {
                    let lines = text[..<end.lowerBound].split(separator: "\n")
                    text = String(text[end.upperBound...])
                    guard let name = value("event: ", lines), let json = value("data: ", lines) else { continue }
                    events.yield(Event(name: name, json: json))
                }
            }
        } catch {}
        events.finish()
    }

    private static func value(_ key: String, _ lines: [Substring]) -> String? {
        lines.first { $0.hasPrefix(key) }.map { String($0.dropFirst(key.count)) }
    }
}
