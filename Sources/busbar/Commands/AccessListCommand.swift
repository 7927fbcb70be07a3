import Agent
import AgentConfiguration
import ArgumentParser
import Power
import Remote

/// `busbar acl`: prints an access control list for mosquitto.
struct AccessListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acl",
        abstract: "Print an access control list for mosquitto.",
        discussion: """
            Each user gets what it needs and no more. Grants name outlets as on the command line: \
            --grant ci=bench/1,bench/2 --grant alice=@rack-a,load:server1 --grant bob=bench/*. A group's members and a \
            load's feeds are not granted with it one by one.

            The users of the configuration (users, users_file) get what their role and scope let them see, and write below \
            lab/user/ and their name, where the agent looks at each command. Options override a user's own entry.

            The agents of a fleet have one user, and one list.

            busbar acl -c busbar.yaml --controller lab --observer grafana --grant ci=bench/1 > /etc/mosquitto/acl

            Exit codes: 0 printed, 2 a grant names nothing of the configuration, 64 wrong usage, 78 bad configuration.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Option(help: "The agent's user; else mqtt.username of the configuration.")
    var agent: String?

    @Option(help: "A user that may see and switch everything. May be given several times.")
    var controller: [String] = []

    @Option(help: "A user that may see everything. May be given several times.")
    var observer: [String] = []

    @Option(help: "Home Assistant's user. May be given several times.")
    var homeAssistant: [String] = []

    @Option(help: "A user and what it may see and switch, like ci=bench/1,rack1/*,@rack-a.")
    var grant: [String] = []

    @Option(help: "The topic below which the response topics of MQTT 5 lie; without it the agent may answer to none.")
    var replyPrefix: String?

    func run() async throws {
        let configuration = try ConfigurationLoader(path: file.path).load()
        guard let agent = agent ?? configuration.mqtt.username else {
            throw ValidationError("the configuration has no mqtt.username; name the agent's user with --agent")
        }
        var users: [(name: String, role: AccessRole)] = [(agent, .agent)]
        users += controller.map { ($0, .controller) }
        users += observer.map { ($0, .observer) }
        users += homeAssistant.map { ($0, .homeAssistant) }
        users += try grant.map { try Self.user($0, configuration) }
        let named = Set(users.map(\.name))
        for (name, settings) in (configuration.users ?? [:]).sorted(by: { $0.key < $1.key }) where !named.contains(name)
        {
            users.append((name, .user(Rights(settings))))
        }
        if configuration.mqtt.requiresUser, !(controller + homeAssistant + grant).isEmpty {
            throw ValidationError(
                "the agent heeds users' own topics only (mqtt.require_user), so these could switch nothing: give them "
                    + "entries under users"
            )
        }
        var seen: Set<String> = []
        for user in users {
            guard AccessList.isValid(user: user.name) else {
                throw ValidationError("'\(user.name)' is not a user's name")
            }
            guard seen.insert(user.name).inserted else {
                throw ValidationError("'\(user.name)' is named twice; put all of its grants into one --grant")
            }
        }
        let list = AccessList(
            topics: TopicMap(base: configuration.mqtt.baseTopic),
            agent: configuration.fleet == nil ? configuration.agent.id : nil,
            pdus: configuration.pdus.map(\.name),
            discoveryPrefix: configuration.homeAssistant?.prefix,
            replyPrefix: replyPrefix,
            hasUsers: configuration.users != nil,
            showsAllAgents: configuration.web?.showsAllAgents ?? false,
            groups: GroupRules.all(of: configuration),
            loads: LoadRules.all(of: configuration)
        )
        print(list.text(users), terminator: "")
    }

    private static func user(
        _ text: String,
        _ configuration: AgentConfiguration
    ) throws -> (name: String, role: AccessRole) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty else {
            throw ValidationError("'\(text)' is no grant; write USER=bench/1,rack1/*,@rack-a")
        }
        let grants = try parts[1].split(separator: ",").flatMap { try Self.grants(String($0), configuration) }
        return (String(parts[0]), .grants(grants))
    }

    private static func grants(_ text: String, _ configuration: AgentConfiguration) throws -> [AccessRole.Grant] {
        let target: TargetExpression
        do {
            target = try TargetExpression(text)
        } catch {
            throw ValidationError(error.message)
        }
        switch target {
        case .group(let name):
            guard configuration.groups.contains(where: { $0.name == name }) else {
                throw ExitCode.refused.because("there is no group '\(name)' in the configuration")
            }
            return [.group(name)]
        case .load(let name):
            guard configuration.loads.contains(where: { $0.name == name }) else {
                throw ExitCode.refused.because("there is no load '\(name)' in the configuration")
            }
            return [.load(name)]
        case .outlets(let pattern, let selection):
            let pdus = configuration.pdus.map(\.name).filter { pattern.matches($0.rawValue) }
            guard !pdus.isEmpty else { throw ExitCode.refused.because("no PDU of the configuration fits '\(text)'") }
            return pdus.flatMap { pdu -> [AccessRole.Grant] in
                switch selection {
                case .all: [.pdu(pdu)]
                case .numbers(let numbers): numbers.map { .outlet(OutletID(pdu: pdu, outlet: $0)) }
                }
            }
        case .label:
            throw ValidationError(
                "'\(text)' is no outlet; grants are for outlets like bench/1, for groups and for loads"
            )
        }
    }
}
