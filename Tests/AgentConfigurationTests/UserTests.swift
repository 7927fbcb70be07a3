import AgentConfiguration
import Credentials
import Testing

@Suite("Users in the configuration")
struct UserTests {
    private static let rest = """
        mqtt: { broker: mqtt://127.0.0.1 }
        pdus: [{ name: strip, driver: energenie, host: 192.0.2.11, password: "1" }]
        """
    private static let hash = TokenHash(of: "a token").description

    private static func sources(_ files: [String: String]) -> ConfigurationSources {
        ConfigurationSources(
            baseDirectory: "/etc/busbar",
            hostName: "bench",
            files: Files(contents: files.mapValues { FileContents(bytes: Array($0.utf8)) })
        )
    }

    @Test("without users nobody is asked who it is; an empty section asks everybody")
    func absent() throws {
        #expect(try load(Self.rest).users == nil)
        #expect(try load("users:\n\(Self.rest)").users?.isEmpty == true)
    }

    @Test("a user has a role, a scope, a right for force, a password and tokens")
    func inline() throws {
        let users = try load(
            """
            users:
              anna.b@example: { role: operate, scope: ["rack1/*", "load:server*"], force: true, token_hash: ["\(Self.hash)"] }
              grafana: { role: metrics, token_hash: "\(Self.hash)" }
              boss: { role: admin }
            \(Self.rest)
            """
        ).users
        let anna = try #require(users?["anna.b@example"])
        #expect(anna.role == .operate)
        #expect(anna.scope == ["rack1/*", "load:server*"])
        #expect(anna.mayForce)
        #expect(anna.tokenHashes == [TokenHash(of: "a token")])
        #expect(users?["boss"]?.scope == ["*"])
        #expect(users?["grafana"]?.role == .metrics)
    }

    @Test("users of a file are users as those of the section are, and mistakes are told with the file's name")
    func file() throws {
        let text = "users: { anna: { role: view } }\nusers_file: users.yaml\n\(Self.rest)"
        let path = "/etc/busbar/users.yaml"
        let users = try load(text, sources: Self.sources([path: "bob: { role: admin }\n"])).users
        #expect(users?.keys.sorted() == ["anna", "bob"])
        #expect(
            complaints(text, sources: Self.sources([path: "bob: { role: king }\n"]))
                == #"\#(path):1:14: bob.role: expected metrics, view, operate or admin, found "king""#
        )
        #expect(complaints(text, sources: Self.sources([path: "anna: { role: view }\n"])).contains("once"))
        #expect(complaints(text, sources: Self.sources([path: "a: [\n"])).contains(path))
    }

    @Test("a file that is not there names nobody, and warns")
    func missing() throws {
        var warnings: [String] = []
        let configuration = try load("users_file: users.yaml\n\(Self.rest)", sources: Self.sources([:])) {
            warnings.append($0.description)
        }
        #expect(configuration.users?.isEmpty == true)
        #expect(configuration.usersFile == "/etc/busbar/users.yaml")
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("busbar user add makes it") == true)
    }

    @Test(
        "what cannot be meant is refused",
        arguments: [
            ("users: { anna: {} }", "role: this key is required"),
            ("users: { \"a b\": { role: view } }", "a user's name of 1 to 64 of A-Z a-z 0-9 _ . @ - as key"),
            ("users: { anna: { role: view, scope: \"rack 1\" } }", "a piece of a scope"),
            ("users: { anna: { role: view, scope: [] } }", "the list is empty"),
            ("users: { anna: { role: admin, scope: rack1 } }", "the role admin reaches everything"),
            ("users: { anna: { role: metrics, scope: rack1 } }", "the metrics are of the whole agent"),
            ("users: { anna: { role: view, force: true } }", "it has no use for force"),
            ("users: { anna: { role: view, password: secret } }", "busbar user add makes password_hash"),
            ("users: { anna: { role: view, token: secret } }", "busbar user add makes token_hash"),
            ("users: { anna: { role: view, token_hash: topsecret } }", "a hash of a token"),
            ("users: { anna: { role: view, password_hash: topsecret } }", "a hash of a password"),
            ("web: { proxy_login: {} }", "trusted_proxies is required"),
            (
                "web: { trusted_proxies: [127.0.0.1], proxy_login: { default_scope: rack1 } }",
                "this needs default_role too"
            ),
            ("web: { trusted_proxies: [127.0.0.1], proxy_login: { header: \"a b\" } }", "the name of a header"),
            (
                "web: { listen: \"0.0.0.0:8480\" }",
                "so users, token (or token_file), or username and password, is required"
            ),
            ("pdudaemon: { scope: \"a/b\" }", "a piece of a scope"),
            ("web: { socket: {} }", "path"),
            ("web: { socket: { path: w.sock, user: anna } }", "users (or users_file) is required"),
            ("web: { socket: { path: /\(String(repeating: "x", count: 100)) } }", "at most 100 bytes"),
        ]
    )
    func refused(text: String, complaint: String) {
        let said = complaints("\(text)\n\(Self.rest)")
        #expect(said.contains(complaint), "\(said)")
        #expect(!said.contains("topsecret"))
    }

    @Test("with users the page may be served to other hosts, and the proxy's header has a name by default")
    func listening() throws {
        let configuration = try load(
            """
            users: {}
            web: { listen: "0.0.0.0:8480", trusted_proxies: [192.0.2.1], proxy_login: { default_role: view } }
            \(Self.rest)
            """
        )
        #expect(configuration.web?.socket == nil)
        #expect(configuration.web?.proxyLogin?.header == "Remote-User")
        #expect(configuration.web?.proxyLogin?.defaultRole == .view)
        #expect(configuration.web?.proxyLogin?.defaultScope == ["*"])
    }
}
