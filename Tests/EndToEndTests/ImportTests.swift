import Foundation
import LocalServices
import PDUSimulator
import TestSupport
import Testing

@Suite("Configurations of other programs", .timeLimit(.minutes(10)))
struct ImportTests {
    /// Whether the configuration says this; a word is in quotes only where YAML needs them.
    private static func shows(_ run: CommandRun, _ text: String) -> Bool {
        run.output.replacing("\"", with: "").contains(text.replacing("\"", with: ""))
    }

    /// Imports files, and has what comes out checked.
    private func imported(_ files: [(name: String, text: String)]) async throws -> CommandRun {
        let directory = try TemporaryDirectory(prefix: "e2e")
        var paths: [String] = []
        for file in files { paths.append(try directory.write(file.text, to: file.name)) }
        let run = try await CommandRun.busbar(["import"] + paths)
        let path = try directory.write(run.output, to: "busbar.yaml")
        let checked = try await CommandRun.busbar(["check", path])
        #expect(checked.status == .exited(0), "\(checked.errors)\n\(run.output)\n\(run.errors)")
        return run
    }

    @Test("pdudaemon's: SNMP devices with their models, and what has no counterpart by its line")
    func pdudaemon() async throws {
        let run = try await imported([
            (
                "pdudaemon.conf",
                """
                {
                    "daemon": { "hostname": "0.0.0.0", "port": 16421, "listener": "http", "logging_level": "INFO" },
                    "pdus": {
                        "rack.example.org": {
                            "driver": "snmpv1",
                            "community": "s${cret}",
                            "mib": "PowerNet-MIB",
                            "controlpoint": "rPDUOutletControlOutletCommand",
                            "onsetting": 1,
                            "offsetting": 2
                        },
                        "safe": {
                            "driver": "snmpv3", "ip": "192.0.2.9", "username": "lab", "authpassphrase": "long-enough",
                            "privpassphrase": "long-enough-too", "auth_protocol": "usmHMACSHAAuthProtocol",
                            "priv_protocol": "usmAesCfb128Protocol", "mib": "X", "controlpoint": "what", "onsetting": "1",
                            "offsetting": 2
                        },
                        "apc7952": { "driver": "apc7952", "telnetport": 5023, "retries": 3 },
                        "usb": { "driver": "localcmdline", "cmd_on": "relay on" }
                    },
                    "aliases": { "board": { "hostname": "usb", "port": 1 } }
                }
                """
            )
        ])
        #expect(run.status == .exited(1), "not everything was carried over")
        for text in [
            "pdudaemon: { listen: 127.0.0.1:16421 }", "- name: \"rack-example-org\"", "model: apc-rpdu",
            "host: \"rack.example.org\"", "community: \"s$${cret}\"", "protocol: SHA,", "protocol: AES,",
            "- name: apc7952",
        ] { #expect(Self.shows(run, text), "\(text) in \(run.output)") }
        for text in [
            "pdudaemon.conf:2: it listened at 0.0.0.0", "pdudaemon.conf:4: rack.example.org is called rack-example-org",
            "pdudaemon.conf:12: safe: what is of no model", "pdudaemon.conf:18: apc7952 was driven by telnet",
            "pdudaemon.conf:18: apc7952: retries has no counterpart", "pdudaemon.conf:19: usb is not carried over",
            "pdudaemon.conf:21: alias board",
        ] { #expect(run.errors.contains(text), "\(text) in \(run.errors)") }
    }

    @Test("powerman's: nodes become labels and aliases become groups, with ranges spelled out")
    func powerman() async throws {
        let run = try await imported([
            (
                "powerman.conf",
                """
                include "/etc/powerman/baytech.dev"   # a device file
                tcpwrappers yes
                alias "compute" "n[0-3],login"
                device "pow0" "baytech" "pow0.example.org:23"
                device "tty" "wti" "/dev/ttyS0" "9600,8n1"
                device "bmc" "ipmipower" "/usr/sbin/ipmipower -h n[0-1] |&"
                device "sw" "apc-snmp" "/usr/sbin/snmppower -h 192.0.2.4 |&"
                node "n[0-3]" "pow0" "[1-4]"
                node "login" "sw" "8"
                node "far" "tty" "1"
                """
            )
        ])
        #expect(run.status == .exited(1))
        for text in [
            "  compute: { outlets: [pow0/1, pow0/2, pow0/3, pow0/4, sw/8] }", "model: baytech",
            "host: \"pow0.example.org\"",
            "4: { label: n3 }", "8: { label: login }", "model: apc-masterswitch", "host: \"192.0.2.4\"",
        ] { #expect(Self.shows(run, text), "\(text) in \(run.output)") }
        for text in [
            "powerman.conf:2: tcpwrappers has no counterpart", "powerman.conf:4: pow0 was driven by telnet",
            "powerman.conf:5: tty is not carried over: it is on a serial line",
            "powerman.conf:6: bmc is not carried over",
            "powerman.conf:10: node far is not carried over",
        ] { #expect(run.errors.contains(text), "\(text) in \(run.errors)") }
    }

    @Test("labgrid's: environments and exporters, with the places as labels")
    func labgrid() async throws {
        let run = try await imported([
            (
                "env.yaml",
                """
                targets:
                  main:
                    resources:
                      - NetworkPowerPort:
                          model: raritan
                          host: pdu1.example.org
                          index: 3
                    options: !template "x"
                """
            ),
            (
                "exporter.yaml",
                """
                board-a:
                  NetworkPowerPort: { model: raritan, host: pdu1.example.org, index: '4' }
                board-b:
                  power:
                    cls: NetworkPowerPort
                    model: eg_pms2_network
                    host: 192.0.2.7
                    index: 2
                board-c:
                  NetworkPowerPort:
                    model: gude
                    host: 'http://user:word@192.0.2.8:8080/x'
                    index: 0
                board-d:
                  NetworkPowerPort:
                    model: shelly_gen2
                    host: 192.0.2.10
                    index: 0
                """
            ),
        ])
        #expect(run.status == .exited(1))
        for text in [
            "model: raritan-px2", "3: { label: main }", "4: { label: \"board-a\" }", "driver: energenie",
            "2: { label: \"board-b\" }", "host: \"192.0.2.8\"", "1: { label: \"board-c\" }",
        ] { #expect(Self.shows(run, text), "\(text) in \(run.output)") }
        #expect(run.errors.contains("board-d: model shelly_gen2 has no counterpart"), "\(run.errors)")
        #expect(!run.output.contains("user:word"))
    }

    @Test("NetBox's tables: devices with addresses, outlets with labels, and the names go back as a table")
    func netBox() async throws {
        let run = try await imported([
            (
                "devices.csv",
                """
                Name,Status,Role,Site,IP Address
                rack1,Active,PDU,"Lab, north",192.0.2.20/24
                switch1,Active,Access switch,Lab,192.0.2.1/24
                """
            ),
            (
                "outlets.csv",
                """
                device,name,type,label
                rack1,Outlet 1,iec-60320-c13,"DUT ""A\"\""
                rack1,Outlet 2,iec-60320-c13,
                rack1,Bank A,iec-60320-c13,x
                """
            ),
        ])
        #expect(run.status == .exited(1))
        for text in [
            "location: \"Lab, north\"", "host: \"192.0.2.20\"", "1: { label: \"DUT \\\"A\\\"\" }", "2: {}",
            "model: auto",
        ] { #expect(Self.shows(run, text), "\(text) in \(run.output)") }
        #expect(run.errors.contains("'Bank A' does not end with an outlet's number"), "\(run.errors)")
        #expect(run.errors.contains("switch1 is a Access switch without power outlets"), "\(run.errors)")

        let device = try await Bench.strip()
        let directory = try TemporaryDirectory(prefix: "e2e")
        var file = AgentFile()
        file.pdus = [AgentFile.strip(device: device, "outlets: { 1: { label: 'DUT, A' } }")]
        let path = try directory.write(
            file.text(broker: "mqtt://127.0.0.1:1", stateDirectory: directory.path),
            to: "busbar.yaml"
        )
        let export = try await CommandRun.busbar(
            ["export", "--direct", "--config", path, "--name-format", "Outlet {outlet}", "strip/[1-2]"]
        )
        let table = "device,name,label\nstrip,Outlet 1,\"DUT, A\"\nstrip,Outlet 2,Outlet 2\n"
        #expect(export.output == table, "\(export.errors)")
        await device.stop()
    }

    @Test("what is none of these is refused, and not guessed")
    func foreign() async throws {
        let directory = try TemporaryDirectory(prefix: "e2e")
        let path = try directory.write("hello\n", to: "x.conf")
        #expect(try await CommandRun.busbar(["import", path]).status == .exited(2))
        #expect(try await CommandRun.busbar(["import", directory.path(of: "nowhere")]).status == .exited(2))
        #expect(try await CommandRun.busbar(["import"]).status == .exited(64))
    }
}
