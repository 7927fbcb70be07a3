extension Broken {
    static let mqtt: [Broken] = [
        Broken(
            "no broker",
            .mqtt,
            "mqtt: { username: busbar }",
            "busbar.yaml:1:7: mqtt.broker: this key is required: an address such as mqtt://host:1883 or mqtts://host:8883, or a list of them"
        ),
        Broken(
            "another scheme",
            .mqtt,
            "mqtt: { broker: tcp://h }",
            "busbar.yaml:1:17: mqtt.broker: expected an address such as mqtt://host:1883 or mqtts://host:8883, found another scheme"
        ),
        Broken(
            "no scheme",
            .mqtt,
            "mqtt: { broker: 127.0.0.1 }",
            "busbar.yaml:1:17: mqtt.broker: expected an address such as mqtt://host:1883 or mqtts://host:8883, found no mqtt:// or mqtts://"
        ),
        Broken(
            "credentials in the address",
            .mqtt,
            #"mqtt: { broker: "mqtt://busbar:hunter2@h" }"#,
            "busbar.yaml:1:17: mqtt.broker: credentials do not belong into the address; use username and password_file"
        ),
        Broken(
            "a bad port",
            .mqtt,
            #"mqtt: { broker: "mqtt://h:99999" }"#,
            "busbar.yaml:1:17: mqtt.broker: expected an address such as mqtt://host:1883 or mqtts://host:8883, found no port from 1 to 65535 behind the host"
        ),
        Broken(
            "a bad host",
            .mqtt,
            #"mqtt: { broker: "mqtt://h/topic" }"#,
            "busbar.yaml:1:17: mqtt.broker: expected an address such as mqtt://host:1883 or mqtts://host:8883, found no valid host in it"
        ),
        Broken(
            "a broker in a list",
            .mqtt,
            "mqtt: { broker: [mqtt://h, 5] }",
            "busbar.yaml:1:28: mqtt.broker[1]: expected an address such as mqtt://host:1883 or mqtts://host:8883, found a number; put it in quotes"
        ),
        Broken(
            "no brokers",
            .mqtt,
            "mqtt: { broker: [] }",
            "busbar.yaml:1:17: mqtt.broker: the list is empty"
        ),
        Broken(
            "brokers with and without TLS",
            .mqtt,
            "mqtt: { broker: [mqtts://h, mqtt://i] }",
            "busbar.yaml:1:9: mqtt.broker: either all brokers are mqtts:// or none, so that TLS is never given up unnoticed"
        ),
        Broken(
            "TLS without a check",
            .mqtt,
            "mqtt: { broker: mqtts://h, tls: { insecure: true } }",
            "busbar.yaml:1:35: mqtt.tls.insecure: there is no way to turn the check of certificates off; give the broker's authority as ca_file, and in broker the host that its certificate names"
        ),
        Broken(
            "half an identity",
            .mqtt,
            "mqtt: { broker: mqtts://h, tls: { key_file: a.key } }",
            "busbar.yaml:1:35: mqtt.tls.key_file: a key needs certificate_file"
        ),
        Broken(
            "a missing file",
            .mqtt,
            "mqtt: { broker: mqtts://h, tls: { ca_file: missing/ca.pem } }",
            #"busbar.yaml:1:44: mqtt.tls.ca_file: cannot read "/etc/busbar/missing/ca.pem": there is no such file"#
        ),
        Broken(
            "a mistyped key",
            .mqtt,
            "mqtt: { broker: mqtt://h, usrname: x }",
            #"busbar.yaml:1:27: mqtt.usrname: unknown key; did you mean "username"?"#
        ),
        Broken(
            "a password without user",
            .mqtt,
            "mqtt: { broker: mqtt://h, password: hunter2 }",
            "busbar.yaml:1:27: mqtt.password: a password needs username"
        ),
        Broken(
            "a secret twice",
            .mqtt,
            "mqtt: { broker: mqtt://h, username: u, password: hunter2, password_file: p }",
            "busbar.yaml:1:59: mqtt.password_file: there is password too; give one of them"
        ),
        Broken(
            "a number for a secret",
            .mqtt,
            "mqtt: { broker: mqtt://h, username: u, password: 12345 }",
            "busbar.yaml:1:50: mqtt.password: expected a secret, found a number; put it in quotes"
        ),
        Broken(
            "a list for a secret",
            .mqtt,
            "mqtt: { broker: mqtt://h, username: u, password: [hunter2] }",
            "busbar.yaml:1:50: mqtt.password: expected a secret, found a list"
        ),
        Broken(
            "an empty secret",
            .mqtt,
            #"mqtt: { broker: mqtt://h, username: u, password: "" }"#,
            "busbar.yaml:1:50: mqtt.password: this secret is empty"
        ),
        Broken(
            "a missing secret file",
            .mqtt,
            "mqtt: { broker: mqtt://h, username: u, password_file: missing/p }",
            #"busbar.yaml:1:55: mqtt.password_file: cannot read "/etc/busbar/missing/p": there is no such file"#
        ),
        Broken(
            "an empty secret file",
            .mqtt,
            "mqtt: { broker: mqtt://h, username: u, password_file: empty }",
            #"busbar.yaml:1:55: mqtt.password_file: the secret in "/etc/busbar/empty" is empty"#
        ),
        Broken(
            "a binary secret file",
            .mqtt,
            "mqtt: { broker: mqtt://h, username: u, password_file: binary }",
            #"busbar.yaml:1:55: mqtt.password_file: the secret in "/etc/busbar/binary" is not text in UTF-8"#
        ),
        Broken(
            "a variable that is not set",
            .mqtt,
            #"mqtt: { broker: mqtt://h, username: u, password: "${NOT_SET}" }"#,
            "busbar.yaml:1:50: mqtt.password: the environment has no variable NOT_SET"
        ),
        Broken(
            "a variable without end",
            .mqtt,
            #"mqtt: { broker: mqtt://h, username: u, password: "${NOT_SET" }"#,
            "busbar.yaml:1:50: mqtt.password: ${ has no end; write ${NAME}, or $${ for the characters themselves"
        ),
        Broken(
            "a variable without name",
            .mqtt,
            #"mqtt: { broker: mqtt://h, username: u, password: "${hunter 2}" }"#,
            "busbar.yaml:1:50: mqtt.password: between ${ and } stands the name of a variable; write $${ for the characters themselves"
        ),
        Broken(
            "an empty variable",
            .mqtt,
            #"mqtt: { broker: mqtt://h, username: u, password: "${EMPTY}" }"#,
            "busbar.yaml:1:50: mqtt.password: this secret is empty"
        ),
        Broken(
            "a variable for a host that is none",
            .mqtt,
            #"mqtt: { broker: mqtt://h, client_id: "${EMPTY}" }"#,
            #"busbar.yaml:1:38: mqtt.client_id: expected text of 1 to 128 bytes without control characters, found "${EMPTY}""#
        ),
        Broken(
            "a wildcard",
            .mqtt,
            "mqtt: { broker: mqtt://h, base_topic: lab/# }",
            #"busbar.yaml:1:39: mqtt.base_topic: expected topic levels without + or #, without an empty level and not beginning with $, at most 200 bytes, found "lab/#""#
        ),
        Broken(
            "an empty level",
            .mqtt,
            "mqtt: { broker: mqtt://h, base_topic: lab//a }",
            #"busbar.yaml:1:39: mqtt.base_topic: expected topic levels without + or #, without an empty level and not beginning with $, at most 200 bytes, found "lab//a""#
        ),
        Broken(
            "a topic of the broker",
            .mqtt,
            "mqtt: { broker: mqtt://h, base_topic: $SYS/lab }",
            #"busbar.yaml:1:39: mqtt.base_topic: expected topic levels without + or #, without an empty level and not beginning with $, at most 200 bytes, found "$SYS/lab""#
        ),
        Broken(
            "an unknown version",
            .mqtt,
            "mqtt: { broker: mqtt://h, protocol: 4 }",
            #"busbar.yaml:1:37: mqtt.protocol: expected auto, 5 or 3.1.1, found "4""#
        ),
        Broken(
            "a short keepalive",
            .mqtt,
            "mqtt: { broker: mqtt://h, keepalive: 1s }",
            #"busbar.yaml:1:38: mqtt.keepalive: expected a time such as 10s (ms, s, m or h), from 5s to 18h, found "1s""#
        ),
        Broken(
            "a fraction of a second",
            .mqtt,
            "mqtt: { broker: mqtt://h, keepalive: 5500ms }",
            "busbar.yaml:1:27: mqtt.keepalive: expected whole seconds, found 5500ms"
        ),
        Broken(
            "an expiry of nothing",
            .mqtt,
            "mqtt: { broker: mqtt://h, session_expiry: 1h }",
            "busbar.yaml:1:27: mqtt.session_expiry: a clean session does not expire; leave it out or write session: persistent"
        ),
        Broken(
            "a number as text",
            .mqtt,
            #"mqtt: { broker: mqtt://h, max_inflight: "20" }"#,
            "busbar.yaml:1:41: mqtt.max_inflight: expected a whole number from 1 to 1000, found text; leave out the quotes"
        ),
        Broken(
            "a fraction",
            .mqtt,
            "mqtt: { broker: mqtt://h, max_inflight: 1.5 }",
            #"busbar.yaml:1:41: mqtt.max_inflight: expected a whole number from 1 to 1000, found "1.5""#
        ),
        Broken(
            "an octal number",
            .mqtt,
            "mqtt: { broker: mqtt://h, max_inflight: 010 }",
            #"busbar.yaml:1:41: mqtt.max_inflight: expected a whole number from 1 to 1000, found "010""#
        ),
        Broken(
            "a number too large for anything",
            .mqtt,
            "mqtt: { broker: mqtt://h, max_queued: 99999999999999999999 }",
            #"busbar.yaml:1:39: mqtt.max_queued: expected a whole number from 100 to 1000000, found "99999999999999999999""#
        ),
    ]
}
