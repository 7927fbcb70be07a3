import Foundation
import HTTPTypes
import Power
import Testing

@testable import AgentWeb

@Suite("The interface's description", .timeLimit(.minutes(10)))
struct DocumentationTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func description() throws -> OpenAPI {
        try OpenAPI(#require(PageFiles.texts["openapi.yaml"]))
    }

    @Test("the files in the program are those of the repository, to the last byte")
    func embedded() throws {
        let folder = Self.root.appending(path: "Sources/AgentWeb/Page")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(names) == Set(PageFiles.texts.keys).subtracting(["openapi.yaml"]))
        for (name, text) in PageFiles.texts where name != "openapi.yaml" {
            #expect(try String(contentsOf: folder.appending(path: name), encoding: .utf8) == text, "\(name)")
        }
        let description = try String(contentsOf: Self.root.appending(path: "docs/openapi.yaml"), encoding: .utf8)
        #expect(PageFiles.texts["openapi.yaml"] == description)
    }

    @Test(
        "the dashboard, the alerts and the documentation name metrics that there are",
        arguments: ["config/grafana-dashboard.json", "config/prometheus-alerts.yaml", "docs/web.md"]
    )
    func metricNames(path: String) throws {
        let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
        let named = Set(text.matches(of: /busbar_[a-z_]+/).map { String($0.output) })
        #expect(!named.isEmpty)
        let suffixes = ["_bucket", "_sum", "_count"]
        for name in named {
            let family = suffixes.first(where: name.hasSuffix).map { String(name.dropLast($0.count)) } ?? name
            #expect(try Self.metricNames.contains(name) || Self.metricNames.contains(family), "\(name)")
        }
    }

    @Test("every metric is documented")
    func documentedMetrics() throws {
        let text = try String(contentsOf: Self.root.appending(path: "docs/web.md"), encoding: .utf8)
        for name in try Self.metricNames { #expect(text.contains("`\(name)"), "\(name)") }
    }

    private static var metricNames: Set<String> {
        get throws {
            let path = "Sources/AgentWeb/Metrics/MetricNames.swift"
            let source = try String(contentsOf: root.appending(path: path), encoding: .utf8)
            let names = source.matches(of: /name: "(busbar_[a-z_]+)"/).map { String($0.output.1) }
            let measured = Quantity.allCases.flatMap { quantity in
                [true, false].map { Metric.measured(quantity, ofOutlet: $0).name }
            }
            return Set(names + measured)
        }
    }

    @Test("every route is documented, and nothing else is")
    func routes() throws {
        let documented = try Self.description().operations
        let served = Endpoint.allCases.map { "\($0.method.rawValue.lowercased()) \($0.path)" }
        #expect(documented == served.sorted())
    }

    @Test("every path answers as documented")
    func answers() async throws {
        let description = try Self.description()
        try await TestFleet.with { fleet in
            fleet.devices[0].measure(1, 5)
            try await fleet.serve { web in
                for endpoint in Endpoint.allCases where endpoint.method == .get && endpoint != .events {
                    let path = endpoint.path.replacing("{pdu}", with: "pdu1").replacing("{outlet}", with: "1")
                        .replacing("{file}", with: "app.js")
                    try description.check(await web.get(path), of: "get \(endpoint.path)")
                }
                let command = "/api/v1/pdus/{pdu}/outlets/{outlet}/command"
                for (outlet, body) in [
                    ("1", #"{"action":"ON","id":"1","by":"Ada"}"#), ("all", #"{"action":"OFF"}"#),
                    ("4", #"{"action":"ON"}"#), ("5", #"{"action":"ON"}"#), ("2", "?"),
                    ("1", #"{"action":"ON","dry_run":true}"#), ("1", #"{"action":"CYCLE","off_time":0.1}"#),
                ] {
                    let path = "/api/v1/pdus/pdu1/outlets/\(outlet)/command"
                    try description.check(await web.post(path, body), of: "post \(command)")
                }
                for (place, operation) in [
                    ("/pdus/pdu1", "/pdus/{pdu}"), ("/pdus/pdu1/outlets/1", "/pdus/{pdu}/outlets/{outlet}"),
                    ("/pdus/pdu1/outlets/4", "/pdus/{pdu}/outlets/{outlet}"),
                    ("/pdus/pdu1/outlets/5", "/pdus/{pdu}/outlets/{outlet}"), ("/pdus/none", "/pdus/{pdu}"),
                ] {
                    for end in ["history", "log", "log?limit=0", "log?limit=1&status=done,failed"] {
                        let path = end.prefix { $0 != "?" }
                        try description.check(
                            await web.get("/api/v1\(place)/\(end)"),
                            of: "get /api/v1\(operation)/\(path)"
                        )
                    }
                }
                try description.check(await web.get("/api/v1/pdus/none"), of: "get /api/v1/pdus/{pdu}")
                try description.check(await web.get("/api/v1/pdus/pdu1"), of: "get /api/v1/pdus/{pdu}")
                try description.check(
                    await web.post("/api/v1/groups/both/command", #"{"action":"ON"}"#),
                    of: "post /api/v1/groups/{group}/command"
                )
                for (load, body) in [
                    ("server", #"{"action":"OFF","id":"l"}"#), ("server", #"{"action":"ON","dry_run":true}"#),
                    ("server", "?"), ("none", #"{"action":"ON"}"#),
                ] {
                    try description.check(
                        await web.post("/api/v1/loads/\(load)/command", body),
                        of: "post /api/v1/loads/{load}/command"
                    )
                }
                try description.check(
                    await web.post("/api/v1/pdus/pdu1/refresh", ""),
                    of: "post /api/v1/pdus/{pdu}/refresh"
                )
                try description.check(
                    await web.post("/api/v1/pdus/pdu1/refresh", "", headers: [("Content-Type", "text/plain")]),
                    of: "post /api/v1/pdus/{pdu}/refresh"
                )
            }
        }
    }
}
