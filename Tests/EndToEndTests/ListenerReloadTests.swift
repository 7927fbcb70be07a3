import Foundation
import LocalServices
import PDUSimulator
import TestSupport
import Testing

@Suite("When the configuration of the listeners is read again", .timeLimit(.minutes(10)))
struct ListenerReloadTests {
    private func curl(_ arguments: String...) async throws -> Command.Result {
        try await Command.run("curl", package: "curl", ["-s", "--max-time", "120"] + arguments)
    }

    /// The status that a server gives; nothing where nobody listens.
    private func status(_ port: Int, _ path: String = "/healthz", token: String = "none") async throws -> Int? {
        let answer = try await curl(
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "-H",
            "Authorization: Bearer \(token)",
            "http://127.0.0.1:\(port)\(path)"
        )
        return answer.isSuccess ? Int(answer.output) : nil
    }

    @Test("the page and pdudaemon's listener come, move, change their token and go without a restart")
    func listeners() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            func reload(_ lines: String...) async throws {
                file.lines = lines
                try bench.write(file)
                agent.reload()
            }
            let (first, second, daemon) = (try FreePort.tcp(), try FreePort.tcp(), try FreePort.tcp())

            try await reload("web: { listen: '127.0.0.1:\(first)' }", "pdudaemon: { listen: '127.0.0.1:\(daemon)' }")
            try await agent.waitForLog("127.0.0.1:\(first)")
            try await agent.waitForLog("127.0.0.1:\(daemon)")
            #expect(try await status(first, "/api/v1/outlets") == 200)
            let before = agent.lines(with: "127.0.0.1:\(daemon)").count
            #expect(try await status(daemon, "/power/control/on?hostname=strip&port=1") == 200)
            #expect(strip.record.switches == ["1=1"])

            try await reload(
                "web: { listen: '127.0.0.1:\(second)', token: token-number-one }",
                "pdudaemon: { listen: '127.0.0.1:\(daemon)' }"
            )
            try await agent.waitForLog("127.0.0.1:\(second)")
            #expect(try await status(first) == nil)
            #expect(try await status(second, "/api/v1/outlets") == 401)
            // As the expression for fail2ban in docs/web.md wants it.
            try await agent.waitForLog("WARNING wrong credentials  (address=127.0.0.1)")
            #expect(try await status(second, "/api/v1/outlets", token: "token-number-one") == 200)
            #expect(try await status(second, "/metrics", token: "token-number-one") == 200)

            try await reload("web: { listen: '127.0.0.1:\(second)', token: token-number-two }")
            try await waitUntil { try await status(second, "/api/v1/outlets", token: "token-number-two") == 200 }
            #expect(try await status(second, "/api/v1/outlets", token: "token-number-one") == 401)
            try await waitUntil { try await status(daemon) == nil }
            #expect(agent.lines(with: "127.0.0.1:\(daemon)").count == before, "what did not change was left alone")

            try await reload()
            try await waitUntil { try await status(second) == nil }
            #expect(try await bench.command("strip/1", "OFF").verdict == "done")
            #expect(!agent.log.contains("at the next start"))
            #expect(await agent.stop() == .exited(0))
        }
    }

    @Test("a renewed certificate is shown after a reload, under its old name")
    func certificate() async throws {
        let certificates = try await Certificates()
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let (certificate, key) = (bench.directory.path(of: "web.pem"), bench.directory.path(of: "web.key"))
            func install(_ name: String) throws {
                for (from, to) in [(certificates.certificate(name), certificate), (certificates.key(name), key)] {
                    try? FileManager.default.removeItem(atPath: to)
                    try FileManager.default.copyItem(atPath: from, toPath: to)
                }
            }
            let port = try FreePort.tcp()
            func isTrusted() async throws -> Bool {
                try await curl("--cacert", certificates.authority, "https://127.0.0.1:\(port)/healthz").isSuccess
            }
            try install("elsewhere")
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            file.lines = [
                "web: { listen: '127.0.0.1:\(port)', tls: { certificate_file: \(certificate), key_file: \(key) } }"
            ]
            let agent = try await bench.start(file)
            try await agent.waitForLog("127.0.0.1:\(port)")
            #expect(try await !isTrusted())
            try install("broker")
            agent.reload()
            try await waitUntil { try await isTrusted() }
        }
    }
}
