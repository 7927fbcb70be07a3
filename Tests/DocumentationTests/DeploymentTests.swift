import Foundation
import Testing

@Suite("What runs the agent")
struct DeploymentTests {
    @Test("the unit waits for readiness, feeds the watchdog, reloads by SIGHUP and is shut in")
    func unit() throws {
        let lines = try Repository.text("config/busbar.service").split(separator: "\n").map(String.init)
        let wanted = [
            "Type=notify", #"ExecReload=/bin/sh -c "kill -HUP $MAINPID""#, "RestartPreventExitStatus=78",
            "DynamicUser=yes",
            "StateDirectory=busbar", "NoNewPrivileges=yes", "ProtectSystem=strict",
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6", "SystemCallFilter=@system-service",
            "CapabilityBoundingSet=", "ConditionPathExists=/etc/busbar/busbar.yaml",
        ]
        for line in wanted { #expect(lines.contains(line), "\(line)") }
        for key in ["WatchdogSec", "TimeoutStopSec", "LimitNOFILE", "LoadCredential"] {
            #expect(lines.contains { $0.hasPrefix(key + "=") }, "\(key)")
        }
    }

    @Test("the unit starts the program that make installs")
    func program() throws {
        let unit = try Repository.text("config/busbar.service")
        #expect(unit.contains("ExecStart=/usr/local/bin/busbar agent --config /etc/busbar/busbar.yaml"))
        #expect(try Repository.text("Makefile").contains("PREFIX ?= /usr/local\n"))
    }

    @Test("the Debian package has the program's version, and files that there are")
    func package() throws {
        let version = try #require(
            try Repository.text("Sources/busbar/Version.swift").firstMatch(of: /current = "([^"]+)"/)?.1
        )
        // The version stands nowhere else: Debian's changelog is made from it.
        #expect(!Repository.exists("packaging/debian/changelog"))
        #expect(try Repository.text("scripts/make-deb").contains("scripts/version"))
        #expect(version.split(separator: ".").count == 3)
        for path in try Repository.text("packaging/debian/busbar.examples").split(separator: "\n") {
            #expect(Repository.exists(String(path)), "\(path)")
        }
    }

    @Test("the image runs as an ordinary user by number, and asks the agent for its health")
    func imageUser() throws {
        let lines = try Repository.text("Dockerfile").split(separator: "\n")
        #expect(lines.last { $0.hasPrefix("USER ") } == "USER 8480:8480")
        #expect(lines.contains { $0.hasPrefix("HEALTHCHECK ") && $0.hasSuffix(#"CMD ["busbar", "health"]"#) })
    }

    @Test("the image is made of files that there are and that its context has")
    func image() throws {
        let context = try Repository.text(".dockerignore").split(separator: "\n")
        for line in try Repository.text("Dockerfile").split(separator: "\n")
        where line.hasPrefix("COPY ") && !line.contains("--from") {
            for source in line.split(separator: " ").dropFirst().dropLast() {
                #expect(Repository.exists(String(source)), "\(source)")
                #expect(context.contains("!\(source)"), "\(source)")
            }
        }
    }

    @Test("the containers are given folders, because an editor puts a new file in a file's place")
    func mounts() throws {
        let mounts = try Repository.text("docker-compose.yml").matches(of: /- \.\/([^:]+):/)
        #expect(mounts.map(\.output.1) == ["config/mosquitto", "config/compose"])
        for file in ["config/mosquitto/mosquitto.conf", "config/mosquitto/acl", "config/compose/busbar.yaml"] {
            #expect(Repository.exists(file), "\(file)")
        }
    }

    @Test("the containers are told every secret that the agent's configuration there asks for")
    func secrets() throws {
        let services = try Repository.text("docker-compose.yml")
        let configuration = try Repository.text("config/compose/busbar.yaml")
        let variables = configuration.matches(of: /\$\{([A-Z_]+)\}/)
        #expect(!variables.isEmpty)
        for variable in variables { #expect(services.contains("\n      \(variable.output.1): ")) }
    }

    @Test("brokers we ship configuration for send without delay")
    func broker() throws {
        #expect(try Repository.text("config/mosquitto/mosquitto.conf").contains("\nset_tcp_nodelay true\n"))
    }

    @Test("files that should be JSON are", arguments: Repository.files(in: "config", endingIn: "json"))
    func json(_ path: String) throws {
        _ = try JSONSerialization.jsonObject(with: Data(try Repository.text(path).utf8))
    }
}
