extension Broken {
    static let generic: [Broken] = [
        Broken(
            "nothing but a command driver",
            .pdu,
            #"""
            name: relay
            driver: command
            """#,
            """
            busbar.yaml:3:5: pdus[0].on: this key is required
            busbar.yaml:3:5: pdus[0].off: this key is required
            busbar.yaml:3:5: pdus[0].state: this key is required
            busbar.yaml:3:5: pdus[0].outlets: with driver: command the outlets must be named, as in outlets: { 1: {}, 2: {} }
            """
        ),
        Broken(
            "a command for a shell, a host, and words that mean both",
            .pdu,
            #"""
            name: relay
            driver: command
            host: 192.0.2.9
            on: [relay, "on"]
            off: "relay off {outlet}"
            state: { run: [/bin/relay, 1], on: [on, true], off: ON }
            outlets: { 1: { cycle: { by: device } } }
            """#,
            #"""
            busbar.yaml:5:5: pdus[0].host: a program knows where its device is; write it into the arguments
            busbar.yaml:6:9: pdus[0].on: expected a program's path with a / in it as first element, found "relay"
            busbar.yaml:7:10: pdus[0].off: expected a list, found text
            busbar.yaml:8:32: pdus[0].state.run[1]: expected text of at most 4096 bytes, found a number; put it in quotes
            busbar.yaml:8:52: pdus[0].state.off: "ON" means on already
            busbar.yaml:9:21: pdus[0].outlets.1.cycle: nothing is known of how this device cycles by itself; leave by: device out
            """#
        ),
        Broken(
            "secrets and wrong words in HTTP requests",
            .pdu,
            #"""
            name: web
            driver: http
            on: { url: "http://admin:hunter2@192.0.2.9/on", method: post }
            off: { url: "ftp://192.0.2.9/off", headers: { Authorization: Basic hunter2, Host: x } }
            state: { url: "http://192.0.2.9/{outlet}", pointer: ison, before: x, on: 1, off: 0 }
            username: admin
            token: hunter2hunter2
            outlets: { 1: {} }
            """#,
            #"""
            busbar.yaml:5:16: pdus[0].on.url: credentials do not belong into the URL; use username and password_file
            busbar.yaml:5:61: pdus[0].on.method: expected a method such as GET, POST or PUT, found "post"
            busbar.yaml:6:17: pdus[0].off.url: expected a URL such as http://192.0.2.40/relay/{outlet}, found no http:// or https://
            busbar.yaml:6:40: pdus[0].off.headers: a secret does not belong into the headers; use username and password_file, or token_file
            busbar.yaml:6:81: pdus[0].off.headers.Host: expected a header field's name (not Connection, Host, Content-Length or Transfer-Encoding) as key
            busbar.yaml:7:57: pdus[0].state.pointer: expected a JSON pointer such as /relays/{index}/ison, found "ison"
            busbar.yaml:7:63: pdus[0].state.before: there is no after; give it too
            busbar.yaml:8:5: pdus[0].username: a login needs password or password_file too
            busbar.yaml:8:5: pdus[0].username: there is a token too; give one of them
            """#
        ),
    ]
}
