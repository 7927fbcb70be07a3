import Foundation
import Glibc
import Hummingbird
import LocalServices
import NIOSSL
import TestSupport
import Testing

@testable import AgentWeb

@Suite("Listening", .timeLimit(.minutes(10)))
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
            place: .port(host: "127.0.0.1", 80),
            tls: nil,
            logger: TestFleet.silence,
            onListening: { _ in }
        )
        #expect(listener.advice(for: code).contains(words))
    }

    @Test("a port that another program has is taken as soon as it is free")
    func busyPort() async throws {
        let (ports, input) = AsyncStream.makeStream(of: (String, Int).self)
        func listener(_ name: String, port: Int) -> HTTPListener {
            HTTPListener(
                section: name,
                place: .port(host: "127.0.0.1", port),
                tls: nil,
                logger: TestFleet.silence,
                retryInterval: .milliseconds(10)
            ) { input.yield((name, $0)) }
        }
        func router(_ text: String) -> Router<WebRequestContext> {
            let router = Router(context: WebRequestContext.self)
            router.get("/") { _, _ in text }
            return router
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var listening = ports.makeAsyncIterator()
            let first = Task { await listener("first", port: 0).run(router("first").buildResponder()) }
            let port = try #require(await listening.next()).1
            group.addTask { await listener("second", port: port).run(router("second").buildResponder()) }
            #expect(try await TestClient(port: port).get("/", headers: [("Connection", "close")]).text == "first")
            first.cancel()
            let next = try #require(await listening.next())
            #expect(next == ("second", port))
            #expect(try await TestClient(port: port).get("/").text == "second")
            group.cancelAll()
        }
    }

    @Test("over TLS with its certificate, and to nobody in plain text")
    func tls() async throws {
        let certificates = try await Certificates()
        try await TestFleet.with { fleet in
            let certificate = WebCertificate(
                certificateFile: certificates.certificate("broker"),
                keyFile: certificates.key("broker")
            )
            try await fleet.serve(tls: certificate) { plain in
                let port = plain.port
                func curl(_ arguments: String...) async throws -> Command.Result {
                    try await Command.run("curl", package: "curl", ["-s", "--max-time", "120"] + arguments)
                }
                let good = try await curl("--cacert", certificates.authority, "https://localhost:\(port)/healthz")
                #expect(good.isSuccess && good.output.contains("alive"), "\(good.output) \(good.error)")
                let stranger = try await curl(
                    "--cacert",
                    certificates.otherAuthority,
                    "https://localhost:\(port)/healthz"
                )
                #expect(!stranger.isSuccess)
                #expect(try await !curl("http://localhost:\(port)/healthz").isSuccess)
            }
        }
    }

    @Test("TLS 1.2 at least, and where client_ca_file says so, to nobody without a certificate of these authorities")
    func clientCertificates() async throws {
        let certificates = try await Certificates()
        let certificate = WebCertificate(
            certificateFile: certificates.certificate("broker"),
            keyFile: certificates.key("broker"),
            clientCAFile: certificates.authority
        )
        try await TestFleet.with { fleet in
            try await fleet.serve(tls: certificate) { plain in
                func curl(_ arguments: String...) async throws -> Command.Result {
                    let all = ["-s", "--max-time", "20", "--cacert", certificates.authority] + arguments
                    return try await Command.run(
                        "curl",
                        package: "curl",
                        all + ["https://localhost:\(plain.port)/healthz"]
                    )
                }
                let bare = try await curl()
                #expect(!bare.isSuccess)
                let shown = ["--cert", certificates.certificate("broker"), "--key", certificates.key("broker")]
                let good = try await curl(shown[0], shown[1], shown[2], shown[3])
                #expect(good.isSuccess && good.output.contains("alive"), "\(good.output) \(good.error)")
                let old = try await curl(
                    shown[0],
                    shown[1],
                    shown[2],
                    shown[3],
                    "--tlsv1.0",
                    "--tls-max",
                    "1.1",
                    "--ciphers",
                    "DEFAULT@SECLEVEL=0"
                )
                #expect(!old.isSuccess)
                #expect(try certificate.configuration().minimumTLSVersion == .tlsv12)
            }
        }
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
