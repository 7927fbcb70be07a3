import Agent
import NIOCore
import Power
import Testing

@testable import AgentWeb

@Suite("Clients of pdudaemon", .timeLimit(.minutes(10)))
struct PDUDaemonTests {
    private static let labgrid = [("User-Agent", "python-requests/2.32.3"), ("Accept", "*/*")]

    @Test("labgrid's requests switch, and are answered when the device was read back")
    func labgrid() async throws {
        try await TestFleet.with { fleet in
            try await fleet.servePDUDaemon { web in
                for (verb, state) in [("on", "ON"), ("off", "OFF")] {
                    let answer = try await web.get(
                        "/power/control/\(verb)?hostname=pdu1&port=1",
                        headers: Self.labgrid
                    )
                    #expect(answer.status == 200)
                    #expect(answer.text == "OK - accepted request: pdu1/1 is \(state)\n")
                }
            }
        }
    }

    @Test("an outlet may be written with leading zeros, as pdudaemon takes it")
    func leadingZeros() async throws {
        try await TestFleet.with { fleet in
            try await fleet.servePDUDaemon { web in
                let answer = try await web.get("/power/control/on?hostname=pdu1&port=01")
                #expect(answer.text == "OK - accepted request: pdu1/1 is ON\n")
            }
        }
    }

    @Test(
        "what cannot be done is answered with an error",
        arguments: [
            ("/power/control/on?hostname=none&port=1", 404), ("/power/control/on?hostname=pdu1&port=9", 404),
            ("/power/control/on?hostname=pdu1&port=4", 403), ("/power/control/on?hostname=pdu1&port=00", 400),
            ("/power/control/on?hostname=pdu1", 400), ("/power/control/on?port=1", 400), ("/power/control/on", 400),
            ("/power/control/jump?hostname=pdu1&port=1", 400), ("/power/control/on?alias=dut", 400),
            ("/power/control/off?hostname=pdu1&port=1&delay=-1", 400),
            ("/power/control/reboot?hostname=pdu1&port=1&delay=99999", 400), ("/", 404),
        ]
    )
    func errors(path: String, status: Int) async throws {
        try await TestFleet.with { fleet in
            try await fleet.servePDUDaemon { web in
                let answer = try await web.get(path)
                #expect(answer.status == status)
            }
        }
    }

    @Test("a device that does not do it makes the request fail")
    func failure() async throws {
        try await TestFleet.with { fleet in
            fleet.devices[0].isStuck = true
            try await fleet.servePDUDaemon { web in
                let answer = try await web.get("/power/control/on?hostname=pdu1&port=1")
                #expect(answer.status == 502)
                #expect(answer.text.hasPrefix("failed: "))
            }
        }
    }

    @Test("a browser is refused, whichever page sent it")
    func browsers() async throws {
        try await TestFleet.with { fleet in
            try await fleet.servePDUDaemon { web in
                let path = "/power/control/on?hostname=pdu1&port=1"
                let answer = try await web.get(path, headers: [("Referer", "http://evil.example/")])
                #expect(answer.status == 403)
                let stranger = try await web.get(path, headers: [("Host", "evil.example")])
                #expect(stranger.status == 421)
            }
        }
    }

    @Test("a reboot's delay is how long the outlet stays off; that of on and off is waited before")
    func delays() throws {
        func command(_ verb: String, _ delay: String?) throws -> (off: Duration?, delay: Duration?) {
            let values = ["hostname": "pdu1", "port": "2", "delay": delay]
            let request = try PDUDaemonRequest(verb: verb) { values[$0] ?? nil }
            return (request.command.offTime, request.command.delay)
        }
        #expect(try command("reboot", "7") == (.seconds(7), nil))
        #expect(try command("reboot", nil) == (nil, nil))
        #expect(try command("reboot", "0") == (.milliseconds(100), nil))
        #expect(try command("on", "7") == (nil, .seconds(7)))
        #expect(try command("off", "0") == (nil, nil))
    }

    @Test("only addresses that are allowed switch, and this host")
    func allowed() throws {
        let networks =
            ClientNetwork.loopback + [
                ClientNetwork(bytes: [192, 0, 2, 64], prefix: 26),
                ClientNetwork(bytes: [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 12), prefix: 33),
            ]
        for (address, isAllowed) in [
            ("192.0.2.64", true), ("192.0.2.127", true), ("192.0.2.128", false), ("192.0.2.63", false),
            ("::ffff:192.0.2.65", true), ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::2", false),
            ("2001:db8:7fff::1", true), ("2001:db8:8000::1", false),
        ] {
            let peer = PeerAddress(try SocketAddress(ipAddress: address, port: 1))
            #expect(networks.contains(peer) == isAllowed, "\(address)")
        }
    }
}
