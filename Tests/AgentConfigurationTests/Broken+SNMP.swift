extension Broken {
    static let snmp: [Broken] = [
        Broken(
            "no version",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            """#,
            "busbar.yaml:3:5: pdus[0].version: this key is required: 1, 2c or 3"
        ),
        Broken(
            "an unknown version of SNMP",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            version: 2
            community: private
            """#,
            #"busbar.yaml:7:14: pdus[0].version: expected 1, 2c or 3, found "2""#
        ),
        Broken(
            "no community",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            version: 2c
            """#,
            "busbar.yaml:3:5: pdus[0].community: versions 1 and 2c require community or community_file"
        ),
        Broken(
            "a user with version 2c",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            version: 2c
            community: private
            user: labuser
            """#,
            "busbar.yaml:9:5: pdus[0].user: only version 3 has this; leave it out or write version: 3"
        ),
        Broken(
            "a community with version 3",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            version: 3
            user: labuser
            community_file: c
            """#,
            "busbar.yaml:9:5: pdus[0].community_file: version 3 has users and no communities; leave it out or write version: 2c"
        ),
        Broken(
            "no user",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            version: 3
            """#,
            "busbar.yaml:3:5: pdus[0].user: version 3 requires a user's name"
        ),
        Broken(
            "privacy without authentication",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            version: 3
            user: u
            privacy: { protocol: AES, passphrase: hunter2hunter2 }
            """#,
            "busbar.yaml:9:5: pdus[0].privacy: there is no privacy without auth; give auth too"
        ),
        Broken(
            "a short passphrase",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            version: 3
            user: u
            auth: { protocol: SHA, passphrase: hunter2 }
            """#,
            "busbar.yaml:9:40: pdus[0].auth.passphrase: this secret is shorter than 8 characters"
        ),
        Broken(
            "an unknown hash",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            version: 3
            user: u
            auth: { protocol: SHA-257, passphrase: hunter2hunter2 }
            """#,
            #"busbar.yaml:9:23: pdus[0].auth.protocol: expected MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512, found "SHA-257"; did you mean "SHA-256"?"#
        ),
        Broken(
            "an empty authentication",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            version: 3
            user: u
            auth:
            """#,
            #"""
            busbar.yaml:9:10: pdus[0].auth.protocol: this key is required: MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512
            busbar.yaml:9:10: pdus[0].auth.passphrase: this key is required: give passphrase or passphrase_file
            """#
        ),
        Broken(
            "no model and no object",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            version: 1
            community: private
            """#,
            "busbar.yaml:3:5: pdus[0].model: give model, or oid, on and off"
        ),
        Broken(
            "a model and an object",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            version: 2c
            community: private
            oid: 1.3.6.1.4.1
            on: 1
            """#,
            #"""
            busbar.yaml:9:5: pdus[0].oid: the model says which objects there are; leave out model or this key
            busbar.yaml:10:5: pdus[0].on: the model says which objects there are; leave out model or this key
            """#
        ),
        Broken(
            "an unknown model",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rdpu
            version: 2c
            community: private
            """#,
            #"busbar.yaml:6:12: pdus[0].model: there is no built-in model "apc-rdpu"; did you mean "apc-rpdu"?"#
        ),
        Broken(
            "a missing model file",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: ./missing/px2.yaml
            version: 2c
            community: private
            """#,
            #"busbar.yaml:6:12: pdus[0].model: cannot read "/etc/busbar/missing/px2.yaml": there is no such file"#
        ),
        Broken(
            "a number for a model",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: 7
            version: 2c
            community: private
            """#,
            "busbar.yaml:6:12: pdus[0].model: expected a built-in model, auto, or the path of a model's file (with a / in it), found a number; put it in quotes"
        ),
        Broken(
            "an index that is negative",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            version: 2c
            community: private
            index: { pdu: -1 }
            """#,
            "busbar.yaml:9:19: pdus[0].index.pdu: expected a whole number from 0 to 4294967295, found \"-1\""
        ),
        Broken(
            "an index that is a list",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            model: apc-rpdu
            version: 2c
            community: private
            index: { pdu: [1] }
            """#,
            "busbar.yaml:9:19: pdus[0].index.pdu: expected a number or text, found a list"
        ),
        Broken(
            "index parts without a model",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            version: 1
            community: private
            oid: 1.3.6.1
            on: 1
            off: 0
            index: { pdu: 1 }
            outlets: { 1: }
            """#,
            "busbar.yaml:11:5: pdus[0].index: only a model has index parts; write them into oid"
        ),
        Broken(
            "an object without values",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            version: 1
            community: private
            oid: 1.3.6.1
            outlets: { 1: }
            """#,
            #"""
            busbar.yaml:3:5: pdus[0].on: with oid this key is required: the value that switches on
            busbar.yaml:3:5: pdus[0].off: with oid this key is required: the value that switches off
            """#
        ),
        Broken(
            "an object without outlets",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            version: 1
            community: private
            oid: 1.3.6.1
            on: 1
            off: 0
            """#,
            "busbar.yaml:3:5: pdus[0].outlets: with oid the outlets must be named, as in outlets: { 1: {}, 2: {} }"
        ),
        Broken(
            "an object identifier with names",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            version: 1
            community: private
            oid: iso.3.6.1
            on: 1
            off: 0
            outlets: { 1: }
            """#,
            #"busbar.yaml:8:10: pdus[0].oid: expected an object identifier in numbers, such as 1.3.6.1.4.1.318, found "iso.3.6.1""#
        ),
        Broken(
            "the same value for on and off",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            version: 1
            community: private
            oid: 1.3.6.1
            on: 1
            off: 1
            outlets: { 1: }
            """#,
            "busbar.yaml:10:5: pdus[0].off: on and off are the same value"
        ),
        Broken(
            "a value that does not fit the type",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            version: 1
            community: private
            oid: 1.3.6.1
            on: 1
            off: -1
            type: unsigned
            outlets: { 1: }
            """#,
            #"busbar.yaml:10:5: pdus[0].off: "-1" does not fit type unsigned, 0 to 4294967295"#
        ),
        Broken(
            "a number for a string",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            version: 1
            community: private
            oid: 1.3.6.1
            on: "1"
            off: 0
            outlets: { 1: }
            """#,
            #"busbar.yaml:10:5: pdus[0].off: "0" does not fit type string; put numbers in quotes"#
        ),
        Broken(
            "a value that means both",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            version: 1
            community: private
            oid: 1.3.6.1
            on: 1
            off: 0
            state: { oid: 1.3.6.1, on: [1, 2], off: [0, 2] }
            outlets: { 1: }
            """#,
            #"busbar.yaml:11:40: pdus[0].state.off: "2" is in on too"#
        ),
        Broken(
            "a state without values",
            .pdu,
            #"""
            name: rack
            driver: snmp
            host: 192.0.2.20
            version: 1
            community: private
            oid: 1.3.6.1
            on: 1
            off: 0
            state: { oid: 1.3.6.1 }
            outlets: { 1: }
            """#,
            #"""
            busbar.yaml:11:12: pdus[0].state.on: this key is required: a number or text, or a list of them
            busbar.yaml:11:12: pdus[0].state.off: this key is required: a number or text, or a list of them
            """#
        ),
    ]
}
