extension Broken {
    static let pdus: [Broken] = [
        Broken(
            "no PDU",
            .pdus,
            "pdus: []",
            "busbar.yaml:1:7: pdus: the list is empty"
        ),
        Broken(
            "PDUs as a mapping",
            .pdus,
            "pdus: { bench: {} }",
            "busbar.yaml:1:7: pdus: expected a list, found keys with values"
        ),
        Broken(
            "a PDU that is text",
            .pdus,
            "pdus: [bench]",
            "busbar.yaml:1:8: pdus[0]: expected the keys of a PDU, found text"
        ),
        Broken(
            "no driver",
            .pdu,
            #"""
            name: strip
            host: 192.0.2.11
            passwrd: hunter2
            """#,
            #"""
            busbar.yaml:3:5: pdus[0].driver: this key is required: energenie, snmp, command or http
            busbar.yaml:5:5: pdus[0].passwrd: unknown key; did you mean "password"?
            """#
        ),
        Broken(
            "an unknown driver",
            .pdu,
            #"""
            name: strip
            driver: smnp
            host: 192.0.2.11
            """#,
            #"busbar.yaml:4:13: pdus[0].driver: expected energenie, snmp, command or http, found "smnp"; did you mean "snmp"?"#
        ),
        Broken(
            "nothing but a driver",
            .pdu,
            "driver: energenie",
            #"""
            busbar.yaml:3:5: pdus[0].name: this key is required: a name of 1 to 64 of A-Z a-z 0-9 _ -
            busbar.yaml:3:5: pdus[0].host: this key is required: a host's name or address
            busbar.yaml:3:5: pdus[0].password: this key is required: give password or password_file
            """#
        ),
        Broken(
            "a name with a dot",
            .pdu,
            #"""
            name: a.b
            driver: energenie
            host: 192.0.2.11
            password: "1"
            """#,
            #"busbar.yaml:3:11: pdus[0].name: expected a name of 1 to 64 of A-Z a-z 0-9 _ -, found "a.b""#
        ),
        Broken(
            "an address out of range",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.300
            password: "1"
            """#,
            #"busbar.yaml:5:11: pdus[0].host: expected a host's name or address, found "192.0.2.300""#
        ),
        Broken(
            "a URL for a host",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: http://192.0.2.1/
            password: "1"
            """#,
            "busbar.yaml:5:11: pdus[0].host: expected a host's name or address, found something else; write the host alone, without http:// and path"
        ),
        Broken(
            "a port behind the host",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: "192.0.2.1:80"
            password: "1"
            """#,
            #"busbar.yaml:5:11: pdus[0].host: expected a host's name or address, found "192.0.2.1:80"; write the port behind its own key"#
        ),
        Broken(
            "an IPv6 address in brackets",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: "[::1]"
            password: "1"
            """#,
            #"busbar.yaml:5:11: pdus[0].host: expected a host's name or address, found "[::1]"; write the IPv6 address without brackets"#
        ),
        Broken(
            "a port out of range",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            password: "1"
            port: 0
            """#,
            #"busbar.yaml:7:11: pdus[0].port: expected a whole number from 1 to 65535, found "0""#
        ),
        Broken(
            "too many retries",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            password: "1"
            retries: 11
            """#,
            #"busbar.yaml:7:14: pdus[0].retries: expected a whole number from 0 to 10, found "11""#
        ),
        Broken(
            "a key of the other driver",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            password: "1"
            community: private
            """#,
            "busbar.yaml:7:5: pdus[0].community: this key belongs to driver: snmp"
        ),
        Broken(
            "an area",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            password: "1"
            area: Lab
            """#,
            #"busbar.yaml:7:5: pdus[0].area: unknown key; did you mean "location"?"#
        ),
        Broken(
            "no password",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            enabled: false
            """#,
            "busbar.yaml:3:5: pdus[0].password: this key is required: give password or password_file"
        ),
        Broken(
            "a password that the protocol cuts",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            protocol: tcp
            password: hunter2hunter2
            """#,
            "busbar.yaml:7:5: pdus[0].password: the native protocol (tcp) knows passwords of at most 8 bytes"
        ),
        Broken(
            "HTTP without HTTP",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            protocol: tcp
            password: "1"
            http: strict
            """#,
            "busbar.yaml:8:5: pdus[0].http: with protocol: tcp and no fallback no HTTP is spoken; leave it out"
        ),
        Broken(
            "outlets as a list",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            password: "1"
            outlets: [1, 2]
            """#,
            "busbar.yaml:7:14: pdus[0].outlets: expected keys with values, each key the outlet's number on the device (1 to 9999), found a list"
        ),
        Broken(
            "outlet 0",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            password: "1"
            outlets: { 0: {} }
            """#,
            "busbar.yaml:7:16: pdus[0].outlets.0: expected the outlet's number on the device (1 to 9999) as key"
        ),
        Broken(
            "an outlet the strip does not have",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            password: "1"
            outlets: { 5: {} }
            """#,
            "busbar.yaml:7:19: pdus[0].outlets.5: the device has only outlets 1 to 4"
        ),
        Broken(
            "a name for an outlet",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            password: "1"
            outlets: { 1: { name: DUT } }
            """#,
            #"busbar.yaml:7:21: pdus[0].outlets.1.name: unknown key; did you mean "label"?"#
        ),
        Broken(
            "a cycle of an outlet that is never off",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            password: "1"
            outlets: { 1: { off_forbidden: true, on_return: off, max_cycles_per_hour: 1 } }
            """#,
            #"""
            busbar.yaml:7:42: pdus[0].outlets.1.on_return: off_forbidden: true never lets it go off
            busbar.yaml:7:58: pdus[0].outlets.1.max_cycles_per_hour: off_forbidden: true never lets it go off; leave one of them out
            """#
        ),
        Broken(
            "a strip that cycles by itself",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            password: "1"
            outlets: { 1: { cycle: { by: device } } }
            """#,
            "busbar.yaml:7:21: pdus[0].outlets.1.cycle: nothing is known of how this device cycles by itself; leave by: device out"
        ),
        Broken(
            "a device that cycles by itself behind a fuse",
            .pdus,
            #"""
            circuits: { fuse: { max_switch_ons_per_second: 2 } }
            pdus:
              - name: rack
                driver: snmp
                model: raritan-px2
                host: 192.0.2.11
                version: 2c
                community: "1"
                circuit: fuse
                outlets: { 1: { cycle: { by: device } } }
            """#,
            "busbar.yaml:10:21: pdus[0].outlets.1.cycle: the device would switch on without waiting for its turn in the circuit fuse; leave by: device or the circuit out"
        ),
        Broken(
            "a time for a cycle by the device",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            version: 2c
            community: private
            outlets: { 1: { cycle: { by: device, off_time: 5s } } }
            """#,
            "busbar.yaml:9:42: pdus[0].outlets.1.cycle.off_time: with by: device the device itself decides how long; leave it out"
        ),
        Broken(
            "an unknown circuit",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            password: "1"
            circuit: fuse-7
            """#,
            #"busbar.yaml:7:5: pdus[0].circuit: there is no circuit "fuse-7" in circuits"#
        ),
        Broken(
            "an unknown circuit of an outlet",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            password: "1"
            outlets: { 2: { circuit: fuse-7 } }
            """#,
            #"busbar.yaml:7:21: pdus[0].outlets.2.circuit: there is no circuit "fuse-7" in circuits"#
        ),
        Broken(
            "a label of two lines",
            .pdu,
            #"""
            name: strip
            driver: energenie
            host: 192.0.2.11
            password: "1"
            label: "a\nb"
            """#,
            #"busbar.yaml:7:12: pdus[0].label: expected text of 1 to 256 bytes without control characters, found "a\nb""#
        ),
    ]
}
