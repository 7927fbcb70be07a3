public import Power

/// The way by which a command or a question came in.
public enum Door: String, Sendable, Hashable, Codable, CaseIterable {
    /// The broker.
    case mqtt
    /// The page and the interface for programs.
    case http
    /// The listener for pdudaemon's clients.
    case pdudaemon
    /// The command line, without a broker between.
    case direct
}

/// What somebody may do at most; each role may what those before it may.
public enum UserRole: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Read the metrics.
    case metrics
    /// See everything within the scope.
    case view
    /// Switch everything within the scope.
    case operate
    /// See and switch everything, and end other people's sessions.
    case admin

    /// In the order of what they may.
    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Which outlets, loads and groups somebody may see and switch.
public struct Scope: Sendable, Hashable, CustomStringConvertible {
    /// One piece of a scope. In a name, `*` stands for any characters.
    public enum Part: Sendable, Hashable, CustomStringConvertible {
        /// Everything.
        case everything
        /// The outlet with this number of these PDUs; without a number each PDU as a whole.
        case outlets(pdu: String, OutletNumber?)
        /// These loads.
        case load(String)
        /// These groups.
        case group(String)

        /// Reads a piece: `*`, `rack1`, `rack1/*`, `rack*/3`, `load:server*` or `group:rack-a`; nothing when it is none.
        public init?(_ text: String) {
            if text == "*" {
                self = .everything
            } else if text.hasPrefix("load:") {
                guard let name = Self.pattern(text.dropFirst(5)) else { return nil }
                self = .load(name)
            } else if text.hasPrefix("group:") {
                guard let name = Self.pattern(text.dropFirst(6)) else { return nil }
                self = .group(name)
            } else {
                let levels = text.split(separator: "/", omittingEmptySubsequences: false)
                guard let pdu = levels.first.flatMap(Self.pattern), levels.count <= 2 else { return nil }
                guard levels.count == 2, levels[1] != "*" else {
                    self = .outlets(pdu: pdu, nil)
                    return
                }
                guard let number = OutletNumber(topicLevel: levels[1]) else { return nil }
                self = .outlets(pdu: pdu, number)
            }
        }

        /// As it is written.
        public var description: String {
            switch self {
            case .everything: "*"
            case .outlets(let pdu, nil): "\(pdu)/*"
            case .outlets(let pdu, let number?): "\(pdu)/\(number)"
            case .load(let name): "load:\(name)"
            case .group(let name): "group:\(name)"
            }
        }

        private static func pattern(_ text: Substring) -> String? {
            Identifier.isValid(text.replacing("*", with: "x")) ? String(text) : nil
        }
    }

    /// The pieces; what one of them names is in the scope.
    public var parts: [Part]

    /// A scope of these pieces.
    public init(_ parts: [Part]) { self.parts = parts }

    /// Everything.
    public static let everything = Scope([.everything])

    /// Whether everything is in it.
    public var isEverything: Bool { parts.contains(.everything) }

    /// As it is written.
    public var description: String { parts.map(\.description).joined(separator: ", ") }

    func names(pdu: String, _ number: OutletNumber) -> Bool {
        parts.contains { part in
            switch part {
            case .everything: true
            case .outlets(let pattern, let only): (only == nil || only == number) && Self.matches(pattern, pdu)
            case .load, .group: false
            }
        }
    }

    /// Whether it names every outlet of a PDU, whichever it has.
    func names(wholePDU pdu: String) -> Bool {
        parts.contains { part in
            switch part {
            case .everything: true
            case .outlets(let pattern, nil): Self.matches(pattern, pdu)
            case .outlets, .load, .group: false
            }
        }
    }

    /// Whether it names any outlet of a PDU.
    func touches(pdu: String) -> Bool {
        parts.contains { part in
            switch part {
            case .everything: true
            case .outlets(let pattern, _): Self.matches(pattern, pdu)
            case .load, .group: false
            }
        }
    }

    func names(load: String) -> Bool {
        parts.contains { part in
            switch part {
            case .everything: true
            case .load(let pattern): Self.matches(pattern, load)
            case .outlets, .group: false
            }
        }
    }

    func names(group: String) -> Bool {
        parts.contains { part in
            switch part {
            case .everything: true
            case .group(let pattern): Self.matches(pattern, group)
            case .outlets, .load: false
            }
        }
    }

    /// Whether a name is as a pattern says, in which `*` stands for any characters.
    static func matches(_ pattern: String, _ name: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let name = Array(name.utf8)
        let star = UInt8(ascii: "*")
        var (at, here) = (0, 0)
        // Where the last `*` stood, and how much of the name it has taken.
        var last: (pattern: Int, name: Int)?
        while here < name.count {
            if at < pattern.count, pattern[at] == star {
                last = (at, here)
                at += 1
            } else if at < pattern.count, pattern[at] == name[here] {
                at += 1
                here += 1
            } else if let before = last {
                last = (before.pattern, before.name + 1)
                (at, here) = (before.pattern + 1, before.name + 1)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == star }
    }
}

/// What somebody may do, and to what.
public struct Rights: Sendable, Hashable {
    /// What it may do at most.
    public var role: UserRole
    /// To what; a role of `admin` reaches everything.
    public var scope: Scope
    /// Whether its commands may carry `force`.
    public var mayForce: Bool

    /// Rights.
    public init(role: UserRole, scope: Scope = .everything, mayForce: Bool = false) {
        self.role = role
        self.scope = role == .admin ? .everything : scope
        self.mayForce = mayForce || role == .admin
    }

    /// Everything, as where no users are configured.
    public static let everything = Rights(role: .admin)
    /// Nothing of any PDU.
    static let nothing = Rights(role: .metrics, scope: Scope([]))
}

/// Who gives a command or asks for something.
public struct Sender: Sendable, Hashable {
    /// By which door.
    public var door: Door
    /// Who it proved to be; nothing where nobody is asked.
    public var user: String?
    /// What it may do.
    public var rights: Rights

    /// A sender.
    public init(_ door: Door, user: String? = nil, rights: Rights) {
        self.door = door
        self.user = user
        self.rights = rights
    }

    /// Whether the text can be a user's name: 1 to 64 of `A-Z a-z 0-9 _ . @ -`.
    public static func isName(_ text: some StringProtocol) -> Bool {
        let others = [UInt8](".@".utf8)
        return (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { others.contains($0) || Identifier.isValid(String(UnicodeScalar($0))) }
    }
}

/// Somebody was refused something that is no command.
public struct Denial: Sendable, Hashable {
    /// Who it proved to be.
    public var user: String?
    /// By which door it asked.
    public var door: Door
    /// What it asked for, as `GET /api/v1/pdus`.
    public var request: String
    /// Why it was refused, and from where it asked.
    public var message: String

    /// A refusal.
    public init(user: String?, door: Door, request: String, message: String) {
        self.user = user
        self.door = door
        self.request = request
        self.message = message
    }
}

/// Somebody changed the configuration.
public struct ConfigurationChange: Sendable, Hashable {
    /// Who it proved to be.
    public var user: String?
    /// By which door it came in.
    public var door: Door
    /// The files that were written.
    public var files: [String]
    /// What changed, and from where.
    public var message: String

    /// A change.
    public init(user: String?, door: Door, files: [String], message: String) {
        self.user = user
        self.door = door
        self.files = files
        self.message = message
    }
}

/// What a command is for, by names as they came.
public enum CommandTarget: Sendable, Hashable, CustomStringConvertible {
    /// One outlet, or something that is none.
    case outlet(pdu: String, OutletLevel)
    /// A group.
    case group(String)
    /// A load.
    case load(String)

    /// As it is told in messages.
    public var description: String {
        switch self {
        case .outlet(let pdu, let outlet): "\(pdu)/\(outlet.topicLevel)"
        case .group(let name): "group:\(name)"
        case .load(let name): "load:\(name)"
        }
    }
}

/// What rights come to, by what groups and loads are made of.
///
/// Whoever may switch a group or a load as one sees what it is made of, and does not switch that one by one. Whoever may switch
/// everything that a group or a load is made of may switch it as one.
public struct Reach: Sendable {
    /// The rights.
    public let rights: Rights
    private let groups: [String: GroupRules]
    private let loads: [String: LoadRules]
    /// What is seen because it belongs to a group or a load of the scope.
    private var partOutlets: Set<OutletID> = []
    private var partLoads: Set<String> = []
    private var partPDUs: Set<String> = []

    /// What rights come to, with these groups and loads.
    public init(_ rights: Rights, groups: [String: GroupRules], loads: [String: LoadRules]) {
        self.rights = rights
        self.groups = groups
        self.loads = loads
        guard !seesEverything else { return }
        for (name, rules) in groups where covers(group: name) {
            partOutlets.formUnion(rules.outlets)
            for case .load(let load) in rules.members { partLoads.insert(load) }
        }
        for (name, rules) in loads where partLoads.contains(name) || covers(load: name) {
            partOutlets.formUnion(rules.feeds)
        }
        partPDUs = Set(partOutlets.map(\.pdu.rawValue))
    }

    /// Whether nothing is hidden.
    public var seesEverything: Bool { rights.role >= .view && rights.scope.isEverything }

    private var mayView: Bool { rights.role >= .view }

    // MARK: - What is in the scope

    func covers(_ outlet: OutletID) -> Bool { rights.scope.names(pdu: outlet.pdu.rawValue, outlet.outlet) }

    func covers(load: String) -> Bool {
        rights.scope.names(load: load) || loads[load].map { $0.feeds.allSatisfy(covers) } ?? false
    }

    func covers(group: String) -> Bool {
        if rights.scope.names(group: group) { return true }
        guard let rules = groups[group] else { return false }
        return rules.members.allSatisfy { member in
            switch member {
            case .outlet(let outlet): covers(outlet)
            case .load(let load): covers(load: load)
            }
        }
    }

    private func covers(_ target: CommandTarget) -> Bool {
        switch target {
        case .outlet(let pdu, .number(let number)): rights.scope.names(pdu: pdu, number)
        case .outlet(let pdu, _): rights.scope.names(wholePDU: pdu)
        case .group(let name): covers(group: name)
        case .load(let name): covers(load: name)
        }
    }

    // MARK: - What is seen

    /// Whether anything of a PDU is seen.
    public func sees(pdu: String) -> Bool {
        mayView && (rights.scope.touches(pdu: pdu) || partPDUs.contains(pdu))
    }

    /// Whether a PDU is seen as a whole, with what it measures itself and what happened to it.
    public func sees(wholePDU pdu: String) -> Bool { mayView && rights.scope.names(wholePDU: pdu) }

    /// Whether an outlet is seen.
    public func sees(_ outlet: OutletID) -> Bool { mayView && (covers(outlet) || partOutlets.contains(outlet)) }

    /// Whether a load is seen.
    public func sees(load: String) -> Bool { mayView && (covers(load: load) || partLoads.contains(load)) }

    /// Whether a group is seen.
    public func sees(group: String) -> Bool { mayView && covers(group: group) }

    /// Whether what is commanded is seen.
    public func sees(_ target: CommandTarget) -> Bool {
        switch target {
        case .outlet(let pdu, .number(let number)):
            PDUName(pdu).map { sees(OutletID(pdu: $0, outlet: number)) } ?? false
        case .outlet(let pdu, _): sees(wholePDU: pdu)
        case .group(let name): sees(group: name)
        case .load(let name): sees(load: name)
        }
    }

    // MARK: - What may be done

    /// Whether something may be switched, without `force`.
    public func maySwitch(_ target: CommandTarget) -> Bool { rights.role >= .operate && covers(target) }

    /// Why a command may not be given; nothing when it may.
    public func refusal(of command: Command, for target: CommandTarget, by user: String?) -> Outcome? {
        let who = user.map { "the user '\($0)'" } ?? "this sender"
        guard rights.role >= .operate else {
            return .rejected(.unauthorized, "\(who) has the role \(rights.role.rawValue), which may not switch")
        }
        guard covers(target) else {
            return .rejected(
                .unauthorized,
                "\(CommandPayload.excerpt(target.description)) is outside of what \(who) may switch"
            )
        }
        guard !command.force || rights.mayForce else {
            return .rejected(.unauthorized, "\(who) may not use force; it is a right of its own")
        }
        if command.withDependents == true, case .load(let name) = target,
            let other = dependents(of: name).first(where: { !covers(load: $0) })
        {
            return .rejected(
                .unauthorized,
                "load:\(other) stands on load:\(name) and is outside of what \(who) may switch"
            )
        }
        return nil
    }

    /// The loads that stand on one, and those that stand on them, by name.
    private func dependents(of load: String) -> [String] {
        var found: Set<String> = []
        var rest = [load]
        while let name = rest.popLast() {
            for (other, rules) in loads where rules.requires.contains(name) && found.insert(other).inserted {
                rest.append(other)
            }
        }
        return found.sorted()
    }

    // MARK: - What is heard

    /// What of an event may be told; nothing when none of it may.
    public func heard(_ event: AgentEvent) -> AgentEvent? {
        guard !seesEverything else { return event }
        switch event {
        case .state(let outlet, _, _, _): return sees(outlet) ? event : nil
        case .availability(let pdu, _, _): return sees(pdu: pdu.rawValue) ? event : nil
        case .reading(let pdu, let reading):
            guard sees(pdu: pdu.rawValue) else { return nil }
            guard !sees(wholePDU: pdu.rawValue) else { return event }
            var part = reading
            part.measurements = [:]
            part.outletMeasurements = reading.outletMeasurements.filter { sees(OutletID(pdu: pdu, outlet: $0.key)) }
            return .reading(pdu, part)
        case .result(_, let ticket): return sees(ticket.outlet) ? event : nil
        case .loadState(let load, _), .loadAvailability(let load, _): return sees(load: load) ? event : nil
        case .loadResult(let result, _, _): return sees(load: result.load) ? event : nil
        case .refused(let result): return sees(.outlet(pdu: result.pdu, result.outlet)) ? event : nil
        case .refusedGroup(let result), .groupResult(let result):
            switch result.target {
            case .group(let name): return sees(group: name) ? event : nil
            case .pdu(let name): return sees(wholePDU: name) ? event : nil
            }
        case .denied, .configured, .described: return nil
        }
    }
}

extension LaneSnapshot {
    /// What somebody may see of it; nothing when it may see none of it.
    public func seen(by reach: Reach) -> LaneSnapshot? {
        let pdu = rules.pdu
        guard reach.sees(pdu: pdu.rawValue) else { return nil }
        guard !reach.sees(wholePDU: pdu.rawValue) else { return self }
        var part = self
        part.states = states.filter { reach.sees(OutletID(pdu: pdu, outlet: $0.key)) }
        part.rules.configurationURL = nil
        part.waiting = 0
        part.description?.serial = nil
        part.reading?.measurements = [:]
        part.reading?.warnings = []
        part.reading?.outletMeasurements = reading?.outletMeasurements.filter { part.states[$0.key] != nil } ?? [:]
        return part
    }
}
