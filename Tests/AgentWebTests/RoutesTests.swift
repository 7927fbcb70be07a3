import HTTPTypes
import NIOCore
import NIOHTTP1
import Testing

@testable import AgentWeb

@Suite("Paths and methods", .timeLimit(.minutes(10)))
struct RoutesTests {
    private static let routes = Routes(Endpoint.allCases.map { ($0.method, path: $0.path, $0) })

    @Test(
        "who judges and who serves take a path for the same, however it is written",
        arguments: [
            ("/healthz", Endpoint.health), ("//healthz", .health), ("/healthz/", .health), ("/%68ealthz", .health),
            ("/HEALTHZ", nil), ("//api/v1/pdus", .pdus), ("/api//v1/pdus", .pdus), ("/%61pi/v1/pdus", .pdus),
            ("/./healthz", nil), ("/api/../healthz", nil), ("/healthz%2F", nil), ("/healthz%", nil), ("/", .page),
            ("", .page), ("/api/v1/pdus/a%2Fb", .pdu), ("/metrics/", .metrics),
        ]
    )
    func spellings(path: String, endpoint: Endpoint?) {
        let match = Self.routes.match(path)
        #expect(match?.targets[.get] == endpoint)
    }

    @Test("names in a path are decoded")
    func names() {
        #expect(Self.routes.match("/api/v1/pdus/a%20b/outlets/1/log")?.names == ["pdu": "a b", "outlet": "1"])
    }

    @Test(
        "another spelling of a path opens no door: credentials and foreign pages are judged for what is served",
        arguments: ["//api/v1/pdus", "/%61pi/v1/pdus", "/api/v1/pdus/", "//metrics", "/metric%73"]
    )
    func noDoor(path: String) async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                do {
                    let status = try await web.get(path).status
                    #expect(status == 200)
                }
                do {
                    let status = try await web.get(path, headers: [("Sec-Fetch-Site", "cross-site")]).status
                    #expect(status == 403)
                }
            }
            try await fleet.serve(credentials: WebCredentials(token: "0123456789abcdef")) { web in
                do {
                    let status = try await web.get(path).status
                    #expect(status == 401)
                }
                do {
                    let status = try await web.get("/healthz/").status
                    #expect(status == 200)
                }
            }
        }
    }

    @Test("a method that a path does not have is answered with 405 and those that it has, for every operation")
    func methods() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                for endpoint in Endpoint.allCases {
                    let path = endpoint.path.replacing("{pdu}", with: "pdu1").replacing("{outlet}", with: "1")
                        .replacing("{group}", with: "both")
                    let allow = endpoint.method == .post ? "OPTIONS, POST" : "GET, HEAD, OPTIONS"
                    let others: [HTTPMethod] = endpoint.method == .post ? [.GET, .HEAD] : [.POST]
                    for method in [.PUT, .DELETE, .PATCH, .TRACE, .PROPFIND] + others {
                        let answer = try await web.send(path, method: method)
                        #expect(answer.status == 405, "\(method) \(path)")
                        #expect(answer.headers.first(name: "Allow") == allow, "\(method) \(path)")
                    }
                    let options = try await web.send(path, method: .OPTIONS)
                    #expect(options.status == 204)
                    #expect(options.headers.first(name: "Allow") == allow)
                }
                do {
                    let status = try await web.send("/nowhere", method: .PUT).status
                    #expect(status == 404)
                }
            }
        }
    }

    @Test("HEAD is answered as GET is, without the body")
    func head() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                for path in ["/healthz", "/", "/api/v1/openapi.yaml", "/api/v1/pdus/none", "/page/page.css"] {
                    let get = try await web.get(path)
                    let head = try await web.send(path, method: .HEAD)
                    #expect(head.status == get.status)
                    #expect(head.text.isEmpty)
                    for name in ["Content-Length", "Content-Type"] {
                        #expect(head.headers.first(name: name) == get.headers.first(name: name))
                    }
                }
                // A stream has no length, and nobody joins it for its head.
                let client = try await RawClient.connect(to: web.port)
                try await client.send("HEAD /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                try await client.channel.closeFuture.get()
                #expect(client.text.hasPrefix("HTTP/1.1 200 "))
                #expect(client.text.hasSuffix("\r\n\r\n") && !client.text.hasSuffix("0\r\n\r\n"))
                let text = try await web.get("/metrics").text
                #expect(text.contains("busbar_web_event_clients 0\n"))
            }
        }
    }

    @Test("HEAD switches nothing at pdudaemon's interface, where a GET does")
    func pdudaemonHead() async throws {
        try await TestFleet.with { fleet in
            try await fleet.servePDUDaemon { web in
                let answer = try await web.send("/power/control/on?hostname=pdu1&port=1", method: .HEAD)
                #expect(answer.status == 405)
                #expect(answer.headers.first(name: "Allow") == "GET, OPTIONS")
            }
        }
    }

    @Test("a PDU is read again without a body, and not by a form of a foreign page")
    func refresh() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let path = "/api/v1/pdus/pdu1/refresh"
                do {
                    let status = try await web.send(path, method: .POST).status
                    #expect(status == 202)
                }
                do {
                    let status = try await web.post(path, "{}").status
                    #expect(status == 202)
                }
                do {
                    let status = try await web.post(path, "", headers: [("Content-Type", "text/plain")]).status
                    #expect(status == 415)
                }
                do {
                    let status = try await web.post(path, "a=b", headers: []).status
                    #expect(status == 415)
                }
                do {
                    let status = try await web.post(path, "", headers: [("Origin", "http://evil.example")]).status
                    #expect(status == 403)
                }
            }
        }
    }
}
