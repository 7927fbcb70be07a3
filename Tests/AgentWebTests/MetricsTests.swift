import MQTTClient
import Power
import Testing

@testable import Agent
@testable import AgentWeb

@Suite("Metrics", .timeLimit(.minutes(10)))
struct MetricsTests {
    @Test("commands, devices and outlets are counted and measured")
    func values() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                fleet.devices[0].measure(1, 12.5)
                try await web.follow { events in
                    _ = await events.next("hello")
                    _ = try await web.post("/api/v1/pdus/pdu1/refresh", "")
                    _ = await events.next("telemetry")
                }
                _ = try await web.post("/api/v1/pdus/pdu1/outlets/1/command", #"{"action":"ON"}"#)
                _ = try await web.post("/api/v1/pdus/pdu1/outlets/4/command", #"{"action":"ON"}"#)
                _ = try await web.post("/api/v1/pdus/pdu1/outlets/1/command", "nonsense")
                let answer = try await web.get("/metrics")
                #expect(answer.type == "text/plain")
                let lines = Set(answer.text.split(separator: "\n").map(String.init))
                for line in [
                    #"busbar_info{version="1.2.3"} 1"#,
                    #"busbar_commands_total{action="ON",status="done"} 1"#,
                    #"busbar_commands_total{action="ON",status="rejected"} 1"#,
                    #"busbar_commands_total{action="none",status="rejected"} 1"#,
                    #"busbar_commands_total{action="CYCLE",status="failed"} 0"#,
                    #"busbar_command_errors_total{code="mismatch"} 0"#,
                    #"busbar_command_errors_total{code="protected"} 1"#,
                    #"busbar_command_duration_seconds_count{status="done"} 1"#,
                    #"busbar_command_duration_seconds_bucket{status="done",le="+Inf"} 1"#,
                    #"busbar_command_device_duration_seconds_count{status="done"} 1"#,
                    #"busbar_pdu_online{pdu="pdu1"} 1"#,
                    #"busbar_device_switches_total{pdu="pdu1"} 1"#,
                    #"busbar_outlet_state{pdu="pdu1",outlet="1"} 1"#,
                    #"busbar_outlet_state{pdu="pdu1",outlet="2"} 0"#,
                    #"busbar_outlet_power_watts{pdu="pdu1",outlet="1"} 12.5"#,
                    #"busbar_outlet_info{pdu="pdu1",outlet="1",label="DUT \"1\" <b>\\"} 1"#,
                    "busbar_mqtt_reconnections_total 0", "busbar_commands_waiting 0",
                ] { #expect(lines.contains(line), "\(line)") }
            }
        }
    }

    @Test("what a device that went away measured last is not shown as measured now")
    func offline() async throws {
        try await TestFleet.with { fleet in
            fleet.devices[0].measure(1, 5)
            try await fleet.serve { web in
                try await web.follow { events in
                    _ = await events.next("hello")
                    _ = try await web.post("/api/v1/pdus/pdu1/refresh", "")
                    _ = await events.next("telemetry")
                    fleet.devices[0].failure = DriverError(.timeout, "no answer")
                    _ = try await web.post("/api/v1/pdus/pdu1/refresh", "")
                    _ = await events.next("availability")
                }
                let text = try await web.get("/metrics").text
                #expect(text.contains(#"busbar_pdu_online{pdu="pdu1"} 0"#))
                #expect(text.contains(#"busbar_device_errors_total{pdu="pdu1",code="timeout"}"#))
                #expect(!text.contains("busbar_outlet_power_watts"))
                #expect(text.contains(#"busbar_outlet_state{pdu="pdu1",outlet="1"} 0"#))
            }
        }
    }

    @Test("every family is described once, before its samples, and its samples stand together")
    func format() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                _ = try await web.post("/api/v1/pdus/pdu1/outlets/1/command", #"{"action":"ON"}"#)
                var families: [String] = []
                var current = ""
                for line in try await web.get("/metrics").text.split(separator: "\n") {
                    if line.hasPrefix("# TYPE ") {
                        current = String(line.split(separator: " ")[2])
                        families.append(current)
                    } else if !line.hasPrefix("#") {
                        #expect(line.hasPrefix(current))
                    }
                }
                #expect(families.count == Set(families).count)
            }
        }
    }

    @Test(
        "numbers are written as Prometheus reads them",
        arguments: [
            (1.0, "1"), (0.5, "0.5"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
            (1e15, "1000000000000000"),
        ]
    )
    func numbers(value: Double, text: String) {
        #expect(PrometheusText.text(value) == text)
    }

    @Test("a histogram counts what is at its bound into the bucket below")
    func histogram() {
        var histogram = Histogram()
        for seconds in [0.01, 0.011, 61] { histogram.add(seconds) }
        #expect(histogram.count == 3)
        #expect(histogram.cumulative.first?.count == 1)
        #expect(histogram.cumulative[1].count == 2)
        #expect(histogram.cumulative.last?.count == 3)
    }

    @Test("readiness follows the broker, health does not")
    func readiness() async throws {
        try await TestFleet.with(isOnline: false) { fleet in
            try await fleet.serve { web in
                let ready = try await web.get("/readyz")
                #expect(ready.status == 503)
                #expect(ready.text.contains("broker"))
                let health = try await web.get("/healthz")
                #expect(health.status == 200)
            }
        }
    }
}
