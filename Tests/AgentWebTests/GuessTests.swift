import Foundation
import Logging
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import AgentWeb

@Suite("Guessing credentials", .timeLimit(.minutes(10)))
struct GuessTests {
    private func peer(_ number: Int) throws -> PeerAddress {
        PeerAddress(try SocketAddress(ipAddress: "10.0.\(number / 250).\(number % 250)", port: 1))
    }

    @Test("each wrong guess beyond the first three makes its address pause for longer, up to a minute")
    func pauses() throws {
        var book = GuessBook()
        let start = ContinuousClock.now
        let (guesser, other) = (try peer(1), try peer(2))
        for _ in 0..<3 { book.wrong(guesser, at: start) }
        #expect(book.pause(of: guesser, at: start) == nil)
        var now = start
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            book.wrong(guesser, at: now)
            #expect(book.pause(of: guesser, at: now) == .seconds(seconds))
            now += .seconds(seconds)
            #expect(book.pause(of: guesser, at: now) == nil)
        }
        #expect(book.pause(of: other, at: start) == nil)
        book.wrong(guesser, at: now + GuessBook.memory + .seconds(1))
        #expect(book.pause(of: guesser, at: now + GuessBook.memory + .seconds(1)) == nil)
    }

    @Test("addresses of one IPv6 network pause together")
    func networks() throws {
        var book = GuessBook()
        let now = ContinuousClock.now
        for number in 1...4 {
            book.wrong(PeerAddress(try SocketAddress(ipAddress: "2001:db8:0:1::\(number)", port: 1)), at: now)
        }
        let neighbour = PeerAddress(try SocketAddress(ipAddress: "2001:db8:0:1::9", port: 1))
        let stranger = PeerAddress(try SocketAddress(ipAddress: "2001:db8:0:2::1", port: 1))
        #expect(book.pause(of: neighbour, at: now) != nil)
        #expect(book.pause(of: stranger, at: now) == nil)
    }

    @Test("no number of addresses makes it remember more than it may")
    func bounds() throws {
        var book = GuessBook()
        let start = ContinuousClock.now
        for number in 0..<3000 { book.wrong(try peer(number), at: start + .milliseconds(number)) }
        #expect(book.count == GuessBook.capacity)
    }

    @Test("over the wire: the pause is told, counted, and in the log as fail2ban reads it; others are let in")
    func wire() async throws {
        let lines = Recorder<String>()
        let logger = Logger(label: "test") { _ in LineHandler(lines: lines) }
        try await TestFleet.with { fleet in
            try await fleet.serve(
                credentials: WebCredentials(token: "0123456789abcdef"),
                guesses: GuessBook(firstPause: .seconds(3600), longestPause: .seconds(3600)),
                logger: logger
            ) { web in
                let (right, wrong) = (
                    [("Authorization", "Bearer 0123456789abcdef")], [("Authorization", "Bearer wrong")]
                )
                // What shows nothing is no guess, and neither is what asks for what everybody may see.
                for _ in 0..<5 {
                    do {
                        let status = try await web.get("/api/v1/pdus").status
                        #expect(status == 401)
                    }
                }
                for _ in 0..<5 {
                    do {
                        let status = try await web.get("/healthz", headers: wrong).status
                        #expect(status == 200)
                    }
                }
                for _ in 0..<4 {
                    do {
                        let status = try await web.get("/api/v1/pdus", headers: wrong).status
                        #expect(status == 401)
                    }
                }
                let paused = try await web.get("/api/v1/pdus", headers: right)
                #expect(paused.status == 429)
                // What is left of an hour; a busy machine may have let a moment of it pass.
                let left = paused.headers.first(name: "Retry-After").flatMap(Int.init) ?? 0
                #expect((3000...3600).contains(left))
                do {
                    let status = try await web.get("/healthz", headers: right).status
                    #expect(status == 200)
                }
                let other = try await RawClient.connect(to: web.port, from: "127.0.0.2")
                try await other.send(
                    "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer 0123456789abcdef\r\n\r\n"
                )
                try await other.heard("busbar_web_wrong_credentials_total 4\n")
                #expect(lines.elements == Array(repeating: "warning wrong credentials address=127.0.0.1", count: 4))
            }
        }
    }

    @Test("behind a proxy that is known, one client's guesses make no other pause, and the log names the client")
    func proxy() async throws {
        let lines = Recorder<String>()
        let logger = Logger(label: "test") { _ in LineHandler(lines: lines) }
        var limits = ConnectionLimits()
        limits.proxies = [ClientNetwork(bytes: [127, 0, 0, 1], prefix: 32)]
        try await TestFleet.with { [limits] fleet in
            try await fleet.serve(
                credentials: WebCredentials(token: "0123456789abcdef"),
                limits: limits,
                guesses: GuessBook(firstPause: .seconds(3600), longestPause: .seconds(3600)),
                logger: logger
            ) { web in
                func status(_ token: String, for client: String) async throws -> Int {
                    let headers = [("Authorization", "Bearer \(token)"), ("X-Forwarded-For", client)]
                    return try await web.get("/api/v1/pdus", headers: headers).status
                }
                var statuses: [Int] = []
                for _ in 0..<4 { statuses.append(try await status("wrong", for: "10.1.1.1, 198.51.100.7")) }
                statuses.append(try await status("0123456789abcdef", for: "198.51.100.7"))
                statuses.append(try await status("0123456789abcdef", for: "198.51.100.8"))
                #expect(statuses == [401, 401, 401, 401, 429, 200])
                #expect(lines.elements == Array(repeating: "warning wrong credentials address=198.51.100.7", count: 4))
            }
        }
    }
}

/// Collects what is logged from the level warning on.
private struct LineHandler: LogHandler {
    let lines: Recorder<String>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let rest = (event.metadata ?? [:]).map { " \($0.key)=\($0.value)" }.sorted().joined()
        lines.append("\(event.level) \(event.message)\(rest)")
    }
}
