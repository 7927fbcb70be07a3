extension Broken {
    static let sections: [Broken] = [
        Broken(
            "an unknown section",
            .beside,
            "pol: { interval: 5s }",
            #"busbar.yaml:1:1: pol: unknown key; did you mean "poll"?"#
        ),
        Broken(
            "a section that is text",
            .beside,
            "poll: 10s",
            "busbar.yaml:1:7: poll: expected keys with values, found text"
        ),
        Broken(
            "a bad id",
            .beside,
            #"agent: { id: "bench 1" }"#,
            #"busbar.yaml:1:14: agent.id: expected a name of 1 to 64 of A-Z a-z 0-9 _ -, found "bench 1""#
        ),
        Broken(
            "a number for an id",
            .beside,
            "agent: { id: 12 }",
            "busbar.yaml:1:14: agent.id: expected a name of 1 to 64 of A-Z a-z 0-9 _ -, found a number; put it in quotes"
        ),
        Broken(
            "a word for a bool",
            .beside,
            "agent: { sole: yes }",
            #"busbar.yaml:1:16: agent.sole: expected true or false, found text ("yes")"#
        ),
        Broken(
            "a quoted bool",
            .beside,
            #"agent: { sole: "true" }"#,
            "busbar.yaml:1:16: agent.sole: expected true or false, found text; leave out the quotes"
        ),
        Broken(
            "an empty path",
            .beside,
            #"agent: { state_directory: "" }"#,
            "busbar.yaml:1:27: agent.state_directory: expected a path of 1 to 4096 bytes without control characters"
        ),
        Broken(
            "nothing for a path",
            .beside,
            "agent: { state_directory: }",
            "busbar.yaml:1:27: agent.state_directory: expected a path, found nothing"
        ),
        Broken(
            "a number without unit",
            .beside,
            "poll: { interval: 10 }",
            "busbar.yaml:1:19: poll.interval: expected a time such as 10s (ms, s, m or h), from 500ms to 1h, found a number without a unit; write 10s"
        ),
        Broken(
            "a time too short",
            .beside,
            "poll: { interval: 100ms }",
            #"busbar.yaml:1:19: poll.interval: expected a time such as 10s (ms, s, m or h), from 500ms to 1h, found "100ms""#
        ),
        Broken(
            "a time with a wrong unit",
            .beside,
            "poll: { interval: 10sec }",
            #"busbar.yaml:1:19: poll.interval: expected a time such as 10s (ms, s, m or h), from 500ms to 1h, found "10sec""#
        ),
        Broken(
            "days where there are none",
            .beside,
            "poll: { interval: 1d }",
            #"busbar.yaml:1:19: poll.interval: expected a time such as 10s (ms, s, m or h), from 500ms to 1h, found "1d""#
        ),
        Broken(
            "a ratio too large",
            .beside,
            "poll: { jitter: 0.9 }",
            #"busbar.yaml:1:17: poll.jitter: expected a number from 0 to 0.5, found "0.9""#
        ),
        Broken(
            "a list for a time",
            .beside,
            "poll: { interval: [5s] }",
            "busbar.yaml:1:19: poll.interval: expected a time such as 10s (ms, s, m or h), from 500ms to 1h, found a list"
        ),
        Broken(
            "text for a ratio",
            .beside,
            "poll: { jitter: some }",
            "busbar.yaml:1:17: poll.jitter: expected a number from 0 to 0.5, found text"
        ),
        Broken(
            "no port",
            .beside,
            "web: { listen: 127.0.0.1 }",
            #"busbar.yaml:1:16: web.listen: expected an address and a port, such as 127.0.0.1:8480 or [::1]:8480, found "127.0.0.1""#
        ),
        Broken(
            "an open page",
            .beside,
            #"web: { listen: "0.0.0.0:8480" }"#,
            "busbar.yaml:1:8: web.listen: 0.0.0.0:8480 can be reached from other hosts, so users, token (or token_file), or username and password, is required"
        ),
        Broken(
            "other agents on the page of the only one",
            .beside,
            "agent: { id: a, sole: true }\nweb: { all_agents: true }",
            "busbar.yaml:2:8: web.all_agents: agent.sole says that there is no other agent; leave out one of the two"
        ),
        Broken(
            "pdudaemon's listener for everybody",
            .beside,
            #"pdudaemon: { listen: "0.0.0.0:16421" }"#,
            "busbar.yaml:1:14: pdudaemon.listen: 0.0.0.0:16421 can be reached from other hosts and this protocol knows no credentials, so allow is required: the addresses that may switch, as allow: [192.0.2.0/24]"
        ),
        Broken(
            "an address range with bits behind it",
            .beside,
            "pdudaemon: { allow: [192.0.2.1/24] }",
            #"busbar.yaml:1:22: pdudaemon.allow[0]: expected an address or a range of addresses, such as 192.0.2.7 or 192.0.2.0/24, found "192.0.2.1/24""#
        ),
        Broken(
            "a short token",
            .beside,
            "web: { token: secret }",
            "busbar.yaml:1:15: web.token: this secret is shorter than 16 characters"
        ),
        Broken(
            "a user without password",
            .beside,
            "web: { username: lab }",
            "busbar.yaml:1:8: web.username: a login needs password or password_file too"
        ),
        Broken(
            "a page's password without user",
            .beside,
            "web: { password_file: web }",
            "busbar.yaml:1:8: web.password_file: a login needs username too"
        ),
        Broken(
            "an incomplete certificate",
            .beside,
            "web: { tls: { certificate_file: a.pem } }",
            "busbar.yaml:1:13: web.tls.key_file: this key is required: the path of a file"
        ),
        Broken(
            "a port of its own",
            .beside,
            "web: { port: 80 }",
            "busbar.yaml:1:8: web.port: unknown key; write the port into listen: 127.0.0.1:8480"
        ),
        Broken(
            "a bad prefix",
            .beside,
            "home_assistant: { prefix: home/ }",
            #"busbar.yaml:1:27: home_assistant.prefix: expected topic levels without + or #, without an empty level and not beginning with $, at most 200 bytes, found "home/""#
        ),
        Broken(
            "the base topic below the prefix",
            .beside,
            "home_assistant: { prefix: lab }",
            #"busbar.yaml:1:19: home_assistant.prefix: mqtt.base_topic ("lab") must not lie below the discovery prefix ("lab")"#
        ),
        Broken(
            "an unknown form of discovery",
            .beside,
            "home_assistant: { discovery: component }",
            #"busbar.yaml:1:30: home_assistant.discovery: expected device or components, found "component"; did you mean "components"?"#
        ),
        Broken(
            "an age without unit",
            .beside,
            "audit: { max_age: 90 }",
            "busbar.yaml:1:19: audit.max_age: expected a time such as 90d (h or d), from 1h to 3650d, found a number without a unit; write 90d"
        ),
        Broken(
            "a decimal unit",
            .beside,
            "audit: { max_size: 64MB }",
            #"busbar.yaml:1:20: audit.max_size: expected a size such as 64MiB (KiB, MiB or GiB), from 1MiB to 64GiB, found "64MB""#
        ),
        Broken(
            "an unknown level",
            .beside,
            "log: { level: warn }",
            #"busbar.yaml:1:15: log.level: expected trace, debug, info, notice, warning, error or critical, found "warn""#
        ),
        Broken(
            "an unknown format",
            .beside,
            "log: { format: xml }",
            #"busbar.yaml:1:16: log.format: expected text or json, found "xml""#
        ),
        Broken(
            "a circuit of nothing",
            .beside,
            "circuits: { fuse: {} }",
            "busbar.yaml:1:19: circuits.fuse.max_switch_ons_per_second: this key is required: a number from 0.01 to 100"
        ),
        Broken(
            "a bad name of a circuit",
            .beside,
            #"circuits: { "fuse 7": { max_switch_ons_per_second: 1 } }"#,
            #"busbar.yaml:1:13: circuits."fuse 7": expected a name of 1 to 64 of A-Z a-z 0-9 _ - as key"#
        ),
        Broken(
            "a rate of zero",
            .beside,
            "circuits: { fuse: { max_switch_ons_per_second: 0 } }",
            #"busbar.yaml:1:48: circuits.fuse.max_switch_ons_per_second: expected a number from 0.01 to 100, found "0""#
        ),
        Broken(
            "a group without outlets",
            .beside,
            "groups: { rack: { stagger: 1s } }",
            "busbar.yaml:1:17: groups.rack.outlets: this key is required"
        ),
        Broken(
            "a group of nothing",
            .beside,
            "groups: { rack: { outlets: [] } }",
            "busbar.yaml:1:28: groups.rack.outlets: the list is empty"
        ),
        Broken(
            "an unknown PDU in a group",
            .beside,
            "groups: { rack: { outlets: [stripe/1] } }",
            #"busbar.yaml:1:19: groups.rack.outlets: "stripe/1": there is no PDU "stripe" in this file; did you mean "strip"?"#
        ),
        Broken(
            "an outlet that the device does not have",
            .beside,
            "groups: { rack: { outlets: [strip/5] } }",
            #"busbar.yaml:1:19: groups.rack.outlets: "strip/5": the PDU has no such outlet; it has 1, 2, 3, 4"#
        ),
        Broken(
            "an outlet twice in a group",
            .beside,
            "groups: { rack: { outlets: [strip/1, strip/1] } }",
            #"busbar.yaml:1:19: groups.rack.outlets: "strip/1" is in the list twice"#
        ),
        Broken(
            "an outlet without PDU",
            .beside,
            "groups: { rack: { outlets: [1] } }",
            "busbar.yaml:1:29: groups.rack.outlets[0]: expected an outlet as pdu/number, such as bench/1, or a load as load:name, found a number; put it in quotes"
        ),
        Broken(
            "an outlet with leading zeros",
            .beside,
            "groups: { rack: { outlets: [strip/01] } }",
            #"busbar.yaml:1:29: groups.rack.outlets[0]: expected an outlet as pdu/number, such as bench/1, or a load as load:name, found "strip/01""#
        ),
        Broken(
            "groups as a list",
            .beside,
            "groups: [rack]",
            "busbar.yaml:1:9: groups: expected keys with values, each key a name of 1 to 64 of A-Z a-z 0-9 _ -, found a list"
        ),
        Broken(
            "another policy",
            .beside,
            "groups: { rack: { outlets: [strip/1], on_failure: abort } }",
            #"busbar.yaml:1:51: groups.rack.on_failure: expected continue or stop, found "abort""#
        ),
        Broken(
            "a default out of range",
            .beside,
            "defaults: { cycle: { off_time: 2h } }",
            #"busbar.yaml:1:32: defaults.cycle.off_time: expected a time such as 10s (ms, s, m or h), from 100ms to 1h, found "2h""#
        ),
        Broken(
            "a group with an unknown load",
            .beside,
            "groups: { rack: { outlets: [load:serve] } }\nloads: { server: { feeds: [strip/1] } }",
            #"busbar.yaml:1:19: groups.rack.outlets: "load:serve": there is no load "serve" in this file; did you mean "server"?"#
        ),
        Broken(
            "a group with a load and an outlet that feeds it",
            .beside,
            "groups: { rack: { outlets: [load:server, strip/1] } }\nloads: { server: { feeds: [strip/1] } }",
            #"busbar.yaml:1:19: groups.rack.outlets: "strip/1" feeds the load "server", which is in the list too"#
        ),
        Broken(
            "a load without feeds",
            .beside,
            "loads: { server: { label: Server } }",
            "busbar.yaml:1:18: loads.server.feeds: this key is required"
        ),
        Broken(
            "a load of nothing",
            .beside,
            "loads: { server: { feeds: [] } }",
            "busbar.yaml:1:27: loads.server.feeds: the list is empty"
        ),
        Broken(
            "an unknown PDU in a load",
            .beside,
            "loads: { server: { feeds: [stripe/1] } }",
            #"busbar.yaml:1:20: loads.server.feeds: "stripe/1": there is no PDU "stripe" in this file; did you mean "strip"?"#
        ),
        Broken(
            "a feed that the device does not have",
            .beside,
            "loads: { server: { feeds: [strip/5] } }",
            #"busbar.yaml:1:20: loads.server.feeds: "strip/5": the PDU has no such outlet; it has 1, 2, 3, 4"#
        ),
        Broken(
            "an outlet that feeds a load twice",
            .beside,
            "loads: { server: { feeds: [strip/1, strip/1] } }",
            #"busbar.yaml:1:20: loads.server.feeds: "strip/1" is in the list twice"#
        ),
        Broken(
            "an outlet that feeds two loads",
            .beside,
            "loads: { a: { feeds: [strip/1] }, b: { feeds: [strip/1] } }",
            #"busbar.yaml:1:40: loads.b.feeds: "strip/1" feeds the load "a" already"#
        ),
        Broken(
            "two loads of one name",
            .beside,
            "loads:\n  a: { feeds: [strip/1] }\n  a: { feeds: [strip/2] }",
            "busbar.yaml:3:3: loads.a: this key is on line 2 already"
        ),
        Broken(
            "a load that requires an unknown one",
            .beside,
            "loads: { server: { feeds: [strip/1], requires: [swich] }, switch: { feeds: [strip/2] } }",
            #"busbar.yaml:1:38: loads.server.requires: there is no load "swich" in this file; did you mean "switch"?"#
        ),
        Broken(
            "a load that requires itself",
            .beside,
            "loads: { server: { feeds: [strip/1], requires: [server] } }",
            #"busbar.yaml:1:38: loads.server.requires: the loads require each other in a circle: "server" requires "server""#
        ),
        Broken(
            "loads that require each other in a circle",
            .beside,
            """
            loads:
              a: { feeds: [strip/1], requires: [b] }
              b: { feeds: [strip/2], requires: [c] }
              c: { feeds: [strip/3], requires: [b] }
            """,
            #"busbar.yaml:3:26: loads.b.requires: the loads require each other in a circle: "b" requires "c" requires "b""#
        ),
        Broken(
            "a feed that its device cycles by itself",
            .file,
            """
            mqtt: { broker: mqtt://h }
            loads: { server: { feeds: [rack/8] } }
            pdus: [{ name: rack, driver: snmp, model: apc-rpdu, host: h, version: 2c, community: c, outlets: { 8: { cycle: { by: device } } } }]
            """,
            #"busbar.yaml:2:20: loads.server.feeds: "rack/8": the device cycles this outlet by itself (cycle: { by: device }), so it cannot wait for other feeds"#
        ),
        Broken(
            "a feed that is not among the listed outlets",
            .file,
            """
            mqtt: { broker: mqtt://h }
            loads: { server: { feeds: [rack/7] } }
            pdus: [{ name: rack, driver: snmp, model: apc-rpdu, host: h, version: 2c, community: c, outlets: { 8: {} } }]
            """,
            #"busbar.yaml:2:20: loads.server.feeds: "rack/7": the entry of the PDU lists its outlets, and this is none of them; list it there too"#
        ),
    ]
}
