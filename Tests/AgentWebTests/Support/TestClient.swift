import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Speaks HTTP to a server on this machine.
struct TestClient: Sendable {
    /// An answer, taken in whole.
    struct Answer {
        let status: Int
        let headers: HTTPHeaders
        let text: String

        var type: String { headers.first(name: "Content-Type").map { String($0.prefix { $0 != ";" }) } ?? "" }

        /// The JSON object in the body.
        func object() throws -> [String: Any] {
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
        }
    }

    let port: Int
    /// The file of a Unix socket; nothing for the port.
    var socket: String?

    func get(_ path: String, headers: [(String, String)] = []) async throws -> Answer {
        try await send(path, headers: headers)
    }

    func post(
        _ path: String,
        _ body: String,
        headers: [(String, String)] = [("Content-Type", "application/json")]
    ) async throws -> Answer {
        try await send(path, method: .POST, headers: headers, body: body)
    }

    /// Asks with a header that is there twice, and gives the status.
    func getTwice(_ path: String, _ header: String, _ first: String, _ second: String) async throws -> Int {
        var request = request(path)
        request.headers.add(name: header, value: first)
        request.headers.add(name: header, value: second)
        return Int(try await HTTPClient.shared.execute(request, timeout: .seconds(300)).status.code)
    }

    /// Follows the events while a test runs.
    func follow(headers: [(String, String)] = [], _ test: (inout EventStream) async throws -> Void) async throws {
        var request = request("/api/v1/events")
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(300))
        let (events, input) = AsyncStream.makeStream(of: EventStream.Event.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await EventStream.read(answer.body, into: input) }
            var stream = EventStream(events)
            try await test(&stream)
            group.cancelAll()
        }
    }

    func send(
        _ path: String,
        method: HTTPMethod = .GET,
        headers: [(String, String)] = [],
        body: String? = nil
    ) async throws -> Answer {
        var request = request(path)
        request.method = method
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(300))
        let bytes = try await answer.body.collect(upTo: 64 << 20)
        return Answer(status: Int(answer.status.code), headers: answer.headers, text: String(buffer: bytes))
    }

    private func request(_ path: String) -> HTTPClientRequest {
        guard let socket else { return HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)") }
        let host = socket.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        var request = HTTPClientRequest(url: "http+unix://\(host)\(path)")
        request.headers.replaceOrAdd(name: "Host", value: "localhost")
        return request
    }
}
