import Foundation
import Testing

@testable import AgentWeb

@Suite("Listening", .timeLimit(.minutes(1)))
struct ListenerTests {
    @Test(
        "an address that cannot be had comes with what to do about it",
        arguments: [
            (EADDRINUSE, "web.listen to a free port"), (EACCES, "higher port"), (EADDRNOTAVAIL, "0.0.0.0"),
            (EINVAL, "127.0.0.1:80"),
        ]
    )
    func advice(code: CInt, words: String) {
        let listener = HTTPListener(
            section: "web",
            host: "127.0.0.1",
            port: 80,
            tls: nil,
            logger: TestFleet.silence,
            onListening: { _ in }
        )
        #expect(listener.advice(for: code).contains(words))
    }

    @Test("ten thousand outlets are all told of")
    func many() async throws {
        try await TestFleet.with(pdus: 500, outlets: 20) { fleet in
            try await fleet.serve { web in
                let metrics = try await web.get("/metrics").text
                #expect(metrics.split(separator: "\n").count { $0.hasPrefix("busbar_outlet_state{") } == 10_000)
                let outlets = try #require(try await web.get("/api/v1/outlets").object()["outlets"] as? [Any])
                #expect(outlets.count == 10_000)
            }
        }
    }
}
