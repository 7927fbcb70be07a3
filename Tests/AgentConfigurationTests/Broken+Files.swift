extension Broken {
    static let files: [Broken] = [
        Broken(
            "an empty file",
            .file,
            "",
            "busbar.yaml:1:1: the file is empty; it needs at least mqtt and pdus"
        ),
        Broken(
            "a file of comments",
            .file,
            "# nothing",
            "busbar.yaml:1:1: the file is empty; it needs at least mqtt and pdus"
        ),
        Broken(
            "a list",
            .file,
            #"""
            - a
            - b
            """#,
            "busbar.yaml:1:1: expected keys with values, found a list"
        ),
        Broken(
            "a word",
            .file,
            "hello",
            "busbar.yaml:1:1: expected keys with values, found text"
        ),
        Broken(
            "two documents",
            .file,
            #"""
            a: 1
            ---
            b: 2
            """#,
            "busbar.yaml:2:1: a second document; the file has to be one"
        ),
        Broken(
            "an unclosed bracket",
            .file,
            "mqtt: { broker: x",
            "busbar.yaml:2:1: not valid YAML: did not find expected ',' or '}' (while parsing a flow mapping, which starts on line 1)"
        ),
        Broken(
            "a line without colon",
            .file,
            #"""
            mqtt:
              broker: mqtt://h
              password hunter2
            pdus: []
            """#,
            "busbar.yaml:4:1: not valid YAML: could not find expected ':' (while scanning a simple key, which starts on line 3)"
        ),
        Broken(
            "a tab",
            .file,
            #"""
            mqtt:
            	broker: x
            """#,
            "busbar.yaml:2:1: not valid YAML: a tab; indent with spaces"
        ),
        Broken(
            "a control character",
            .file,
            "mqtt: \"\u{7}\"\n",
            "busbar.yaml:1:8: the control character U+0007 has no place in a text file"
        ),
        Broken(
            "an alias",
            .file,
            #"""
            mqtt: &m { broker: mqtt://h }
            web: *m
            """#,
            "busbar.yaml:1:7: anchors (&name) and aliases (*name) are not read; write the value where it is used"
        ),
        Broken(
            "an alias without anchor",
            .file,
            "mqtt: *m",
            "busbar.yaml:1:7: anchors (&name) and aliases (*name) are not read; write the value where it is used"
        ),
        Broken(
            "an alias as key",
            .file,
            "*a : 1",
            "busbar.yaml:1:1: anchors (&name) and aliases (*name) are not read; write the value where it is used"
        ),
        Broken(
            "a merge",
            .file,
            #"""
            a: &a {}
            b: { <<: *a }
            """#,
            "busbar.yaml:1:4: anchors (&name) and aliases (*name) are not read; write the value where it is used"
        ),
        Broken(
            "a tag",
            .file,
            "mqtt: !secret x",
            "busbar.yaml:1:7: tags (such as !name) are not read; leave it out"
        ),
        Broken(
            "a key that is a list",
            .file,
            #"""
            ? [a]
            : 1
            """#,
            "busbar.yaml:1:3: a list cannot be a key"
        ),
        Broken(
            "keys twice",
            .file,
            #"""
            mqtt:
              broker: mqtt://h
              broker: mqtt://i
            pdus: []
            mqtt: {}
            """#,
            #"""
            busbar.yaml:3:3: mqtt.broker: this key is on line 2 already
            busbar.yaml:4:7: pdus: the list is empty
            busbar.yaml:5:1: mqtt: this key is on line 1 already
            """#
        ),
        Broken(
            "a key in quotes twice",
            .file,
            #"""
            "mqtt": {}
            mqtt: {}
            """#,
            #"""
            busbar.yaml:1:1: pdus: this key is required
            busbar.yaml:1:9: mqtt.broker: this key is required: an address such as mqtt://host:1883 or mqtts://host:8883, or a list of them
            busbar.yaml:2:1: mqtt: this key is on line 1 already
            """#
        ),
        Broken(
            "an outlet twice",
            .file,
            #"""
            mqtt: { broker: mqtt://127.0.0.1 }
            pdus:
              - name: strip
                driver: energenie
                host: h
                password: "1"
                outlets:
                  2: {}
                  3: {}
                  "2": {}
            """#,
            "busbar.yaml:10:7: pdus[0].outlets.2: this key is on line 8 already"
        ),
        Broken(
            "nothing but sections",
            .file,
            #"""
            mqtt:
            pdus:
            """#,
            #"""
            busbar.yaml:1:6: mqtt.broker: this key is required: an address such as mqtt://host:1883 or mqtts://host:8883, or a list of them
            busbar.yaml:2:6: pdus: expected a list, found nothing
            """#
        ),
        Broken(
            "a missing section",
            .file,
            "poll: { interval: 5s }",
            #"""
            busbar.yaml:1:1: mqtt: this key is required
            busbar.yaml:1:1: pdus: this key is required
            """#
        ),
        Broken(
            "a name twice",
            .file,
            #"""
            mqtt: { broker: mqtt://127.0.0.1 }
            pdus:
              - { name: a, driver: energenie, host: h, password: "1" }
              - { name: a, driver: energenie, host: i, password: "1" }
            """#,
            #"busbar.yaml:4:7: pdus[1].name: the PDU on line 3 has the name "a" already"#
        ),
        Broken(
            "a device twice",
            .file,
            #"""
            mqtt: { broker: mqtt://127.0.0.1 }
            pdus:
              - { name: a, driver: energenie, host: strip1, password: "1" }
              - { name: b, driver: energenie, protocol: tcp, host: STRIP1, password: "1" }
            """#,
            #"busbar.yaml:4:50: pdus[1].host: the PDU "a" is the same device; two would get in each other's way"#
        ),
    ]
}
