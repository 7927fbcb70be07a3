/// What the page can do to the configuration, which whoever composes the agent carries out.
public protocol SetupDesk: Sendable {
    /// What is configured, and what the page may do about it.
    func state() async -> SetupState
    /// Tries a broker for real.
    func tryBroker(_ broker: SetupBroker) async -> SetupTrial
    /// Asks a host what device it is. One at a time, and not while networks are looked through.
    func probe(_ order: SetupProbe) async throws(SetupProblem) -> SetupFinding
    /// Begins to look for devices in a network. One at a time.
    func scan(_ order: SetupScan) async throws(SetupProblem)
    /// How far the newest look through a network is.
    func scanState() async -> SetupScanState
    /// What a change would do to the files; nothing is written.
    func preview(_ change: SetupChange) async throws(SetupProblem) -> SetupPreview
    /// Writes a change, and has the agent take it over.
    ///
    /// - Parameter seen: what the preview of this change called it: what nobody has seen is not written.
    func save(_ change: SetupChange, seen: String) async throws(SetupProblem) -> SetupSaved
}

/// Why something was not done.
public struct SetupProblem: Error, Sendable, Equatable {
    /// What kind of problem it is.
    public enum Kind: Sendable {
        /// What was sent makes no sense.
        case bad
        /// It would leave no good configuration, or contradicts what there is.
        case refused
        /// Something else is under way.
        case busy
        /// The files cannot be written.
        case unwritable
    }

    /// One thing that is wrong.
    public struct Part: Sendable, Encodable, Equatable {
        /// What happened and what to do, for people.
        public var text: String
        /// `groups`, `loads` or `users`, where it is about a field of an entry of the change.
        public var section: String?
        /// The entry's name.
        public var name: String?
        /// The field, by its key in the configuration.
        public var key: String?

        /// Something that is wrong.
        public init(_ text: String, section: String? = nil, name: String? = nil, key: String? = nil) {
            self.text = text
            self.section = section
            self.name = name
            self.key = key
        }

        private enum CodingKeys: String, CodingKey {
            case text, name, key
            case section = "of"
        }
    }

    /// What kind of problem it is.
    public var kind: Kind
    /// What happened and what to do, for people.
    public var message: String
    /// The same, one by one.
    public var parts: [Part]

    /// A problem.
    public init(_ kind: Kind, _ message: String) { self.init(kind, message, parts: [Part(message)]) }

    /// A problem with a field.
    public init(_ kind: Kind, _ part: Part) { self.init(kind, part.text, parts: [part]) }

    /// Several problems.
    public init(_ kind: Kind, _ message: String, parts: [Part]) {
        self.kind = kind
        self.message = message
        self.parts = parts
    }
}

/// What is configured.
public struct SetupState: Sendable, Encodable {
    /// Whether there is a configuration yet.
    public enum Mode: String, Sendable, Encodable {
        /// There is none, and no agent runs.
        case new
        /// An agent runs by it.
        case running
    }

    /// Where something stands.
    public struct Place: Sendable, Encodable, Equatable {
        /// The file.
        public var file: String
        /// The line, from 1; nothing where only the file is known.
        public var line: Int?

        /// A place.
        public init(file: String, line: Int? = nil) {
            self.file = file
            self.line = line
        }
    }

    /// A PDU of the configuration.
    public struct PDU: Sendable, Encodable {
        /// An outlet with a label or a protection.
        public struct Outlet: Sendable, Codable, Equatable {
            /// Its number.
            public var number: Int
            /// What people call it.
            public var label: String?
            /// Whether it is only switched with force.
            public var protected: Bool?

            /// An outlet.
            public init(number: Int, label: String? = nil, protected: Bool? = nil) {
                self.number = number
                self.label = label
                self.protected = protected
            }
        }

        /// Its name.
        public var name: String
        /// What drives it.
        public var driver: String
        /// Where it is.
        public var host: String
        /// Whether it stands in the page's own file, which the page may change.
        public var own: Bool
        /// Where it stands.
        public var place: Place?
        /// The outlets that the configuration says something of.
        public var outlets: [Outlet]

        /// A PDU.
        public init(name: String, driver: String, host: String, own: Bool, place: Place?, outlets: [Outlet]) {
            self.name = name
            self.driver = driver
            self.host = host
            self.own = own
            self.place = place
            self.outlets = outlets
        }
    }

    /// A group, a load or a user of the configuration.
    public struct Entry<Settings: Sendable & Encodable>: Sendable, Encodable {
        /// What it is.
        public var settings: Settings
        /// By what a user signs in; nothing for others.
        public var proofs: [SetupChange.Proof]?
        /// Whether it stands in the page's own file.
        public var own: Bool
        /// Where it stands.
        public var place: Place?

        /// An entry.
        public init(_ settings: Settings, proofs: [SetupChange.Proof]? = nil, own: Bool, place: Place?) {
            self.settings = settings
            self.proofs = proofs
            self.own = own
            self.place = place
        }

        private enum CodingKeys: String, CodingKey { case proofs, own, place }

        /// All of it in one object.
        public func encode(to encoder: any Encoder) throws {
            try settings.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(proofs, forKey: .proofs)
            try container.encode(own, forKey: .own)
            try container.encodeIfPresent(place, forKey: .place)
        }
    }

    /// Whether there is a configuration yet.
    public var mode: Mode
    /// The main file.
    public var file: String
    /// The page's own file.
    public var pageFile: String
    /// Why the page cannot change anything; nothing where it can.
    public var problem: String?
    /// Brokers that may be the one, the likeliest first; in a set-up only.
    public var brokers: [SetupTrial] = []
    /// The networks of this host that can be looked through.
    public var networks: [String] = []
    /// The PDUs.
    public var pdus: [PDU] = []
    /// The groups.
    public var groups: [Entry<SetupChange.Group>] = []
    /// The loads.
    public var loads: [Entry<SetupChange.Load>] = []
    /// The users; nothing where there are none, and nobody is asked who it is.
    public var users: [Entry<SetupChange.User>]?
    /// What taking back the last change would do; nothing where there is none.
    public var undo: [SetupPreview.Line]?

    /// A state.
    public init(mode: Mode, file: String, pageFile: String) {
        self.mode = mode
        self.file = file
        self.pageFile = pageFile
    }

    private enum CodingKeys: String, CodingKey {
        case mode, file, problem, brokers, networks, pdus, groups, loads, users, undo
        case pageFile = "page_file"
    }
}

/// A broker, and who the agent is there.
public struct SetupBroker: Sendable, Codable {
    /// As `mqtt://192.0.2.1:1883`.
    public var address: String
    /// The user's name.
    public var username: String?
    /// The user's password.
    public var password: String?

    /// A broker.
    public init(address: String, username: String? = nil, password: String? = nil) {
        self.address = address
        self.username = username
        self.password = password
    }
}

/// What trying a broker came to.
public struct SetupTrial: Sendable, Encodable {
    /// The broker.
    public var address: String
    /// Whether it answers and lets the user in.
    public var works: Bool
    /// Why not.
    public var problem: String?

    /// A trial.
    public init(address: String, problem: String?) {
        self.address = address
        self.works = problem == nil
        self.problem = problem
    }
}

/// What opens an SNMP device.
public struct SetupSNMP: Sendable, Decodable {
    /// Of versions 1 and 2c, for reading.
    public var community: String?
    /// For writing, where it is another one.
    public var writeCommunity: String?
    /// Of version 3.
    public var user: String?
    /// As `SHA-256`.
    public var authProtocol: String?
    /// Its passphrase.
    public var authPassphrase: String?
    /// As `AES`; nothing for none.
    public var privacyProtocol: String?
    /// Its passphrase; nothing for the same.
    public var privacyPassphrase: String?

    private enum CodingKeys: String, CodingKey {
        case community, user
        case writeCommunity = "write_community"
        case authProtocol = "auth_protocol"
        case authPassphrase = "auth_passphrase"
        case privacyProtocol = "privacy_protocol"
        case privacyPassphrase = "privacy_passphrase"
    }
}

/// Which host is asked, and with what.
public struct SetupProbe: Sendable, Decodable {
    /// A host's name or address, with `:port` where it is not the usual one.
    public var host: String
    /// What opens it by SNMP; nothing for what devices are sold with.
    public var snmp: SetupSNMP?
    /// The password of an EnerGenie strip.
    public var password: String?
}

/// What is at a host.
public struct SetupFinding: Sendable, Encodable {
    /// An outlet.
    public struct Outlet: Sendable, Encodable {
        /// Its number.
        public var number: Int
        /// What the device calls it.
        public var name: String?
        /// What the device says.
        public var state: String?

        /// An outlet.
        public init(number: Int, name: String?, state: String?) {
            self.number = number
            self.name = name
            self.state = state
        }
    }

    /// By which the change names it; nothing where nothing was recognised, or more credentials are needed.
    public var id: String?
    /// The host as it was given.
    public var host: String
    /// What drives it; nothing where nothing was recognised.
    public var driver: String?
    /// The model as the device names it.
    public var model: String?
    /// How it was reached.
    public var found: String?
    /// How sure its model file is.
    public var maturity: String?
    /// Its firmware.
    public var firmware: String?
    /// A name that is still free.
    public var name: String?
    /// Its outlets.
    public var outlets: [Outlet] = []
    /// What is odd.
    public var notes: [String] = []
    /// What was tried in vain.
    public var tried: [String] = []
    /// Whether it takes a password, or another one.
    public var needsPassword = false

    /// A host at which nothing is known yet.
    public init(host: String) { self.host = host }

    private enum CodingKeys: String, CodingKey {
        case id, host, driver, model, found, maturity, firmware, name, outlets, notes, tried
        case needsPassword = "needs_password"
    }
}

/// Which network is looked through.
public struct SetupScan: Sendable, Decodable {
    /// As `192.0.2.0/24`, of /22 at most.
    public var network: String
    /// A community that is tried beside `public`.
    public var community: String?
}

/// How far a look through a network is.
public struct SetupScanState: Sendable, Encodable {
    /// A host with something that can be switched.
    public struct Host: Sendable, Encodable {
        /// Its address.
        public var host: String
        /// What it is.
        public var model: String
        /// What drives it.
        public var driver: String

        /// A host.
        public init(host: String, model: String, driver: String) {
            self.host = host
            self.model = model
            self.driver = driver
        }
    }

    /// The network; nothing before the first.
    public var network: String?
    /// Whether it goes on.
    public var running = false
    /// How many hosts were asked.
    public var done = 0
    /// How many there are.
    public var all = 0
    /// What was found, when it is over.
    public var found: [Host] = []

    /// No look so far.
    public init() {}
}

/// A change of the configuration.
public struct SetupChange: Sendable, Decodable {
    /// A device that was found.
    public struct Addition: Sendable, Decodable {
        /// The finding's id.
        public var found: String
        /// The PDU's name.
        public var name: String
        /// Labels and protections.
        public var outlets: [SetupState.PDU.Outlet]?
    }

    /// Other labels and protections for the outlets of a PDU.
    public struct Naming: Sendable, Decodable {
        /// The PDU.
        public var pdu: String
        /// All that is to be labelled or protected.
        public var outlets: [SetupState.PDU.Outlet]
    }

    /// A group as it is to be.
    public struct Group: Sendable, Codable, Equatable {
        /// Its name.
        public var name: String
        /// Its name so far; nothing for a new one.
        public var was: String?
        /// What people call it.
        public var label: String?
        /// Outlets as `bench/1` and loads as `load:server1`, in the order of switching.
        public var outlets: [String]
        /// The pause between two outlets in seconds; nothing for the usual one.
        public var stagger: Double?
        /// `continue` or `stop`; nothing for `continue`.
        public var onFailure: String?

        /// A group.
        public init(name: String, label: String?, outlets: [String], stagger: Double?, onFailure: String?) {
            self.name = name
            self.label = label
            self.outlets = outlets
            self.stagger = stagger
            self.onFailure = onFailure
        }

        enum CodingKeys: String, CodingKey {
            case name, was, label, outlets
            case stagger = "stagger_s"
            case onFailure = "on_failure"
        }
    }

    /// A load as it is to be.
    public struct Load: Sendable, Codable, Equatable {
        /// Its name.
        public var name: String
        /// Its name so far; nothing for a new one.
        public var was: String?
        /// What people call it.
        public var label: String?
        /// The outlets that feed it, as `bench/1`.
        public var feeds: [String]
        /// The loads that have to be on while it is.
        public var requires: [String]?
        /// Whether its outlets take commands of their own only with force.
        public var exclusive: Bool?
        /// The pause between two feeds in seconds; nothing for all at once.
        public var stagger: Double?
        /// How long it stays off in a cycle, in seconds; nothing for the longest of its feeds'.
        public var offTime: Double?
        /// How long a command is tried, in seconds; nothing for its feeds' own.
        public var limit: Double?

        /// A load.
        public init(name: String, label: String?, feeds: [String]) {
            self.name = name
            self.label = label
            self.feeds = feeds
        }

        enum CodingKeys: String, CodingKey {
            case name, was, label, feeds, requires, exclusive
            case stagger = "stagger_s"
            case offTime = "off_time_s"
            case limit = "limit_s"
        }
    }

    /// By what a user signs in.
    public enum Proof: String, Sendable, Codable, CaseIterable {
        /// A person, on the page.
        case password
        /// A program.
        case token
    }

    /// A user as it is to be.
    public struct User: Sendable, Codable, Equatable {
        /// Its name.
        public var name: String
        /// Its name so far; nothing for a new one.
        public var was: String?
        /// What it may do at most.
        public var role: String
        /// What it sees and switches, piece by piece; nothing for everything.
        public var scope: [String]?
        /// Whether its commands may carry force.
        public var force: Bool?
        /// What is made for it anew; what it has else stays.
        public var make: [Proof]?

        /// A user.
        public init(name: String, role: String, scope: [String]?, force: Bool?) {
            self.name = name
            self.role = role
            self.scope = scope
            self.force = force
        }
    }

    /// The broker; in a set-up only.
    public var broker: SetupBroker?
    /// Devices that are added.
    public var add: [Addition]?
    /// PDUs whose outlets are named anew.
    public var outlets: [Naming]?
    /// PDUs that are removed.
    public var remove: [String]?
    /// Groups that are added or changed.
    public var groups: [Group]?
    /// Groups that are removed.
    public var removeGroups: [String]?
    /// Loads that are added or changed.
    public var loads: [Load]?
    /// Loads that are removed.
    public var removeLoads: [String]?
    /// Users that are added or changed.
    public var users: [User]?
    /// Users that are removed.
    public var removeUsers: [String]?
    /// Whether the last change is taken back, and nothing else done.
    public var undo: Bool?

    private enum CodingKeys: String, CodingKey {
        case broker, add, outlets, remove, groups, loads, users, undo
        case removeGroups = "remove_groups"
        case removeLoads = "remove_loads"
        case removeUsers = "remove_users"
    }
}

/// What a change would do.
public struct SetupPreview: Sendable, Encodable {
    /// A line of a difference.
    public struct Line: Sendable, Encodable, Equatable {
        /// What becomes of it.
        public enum Kind: String, Sendable, Encodable {
            case same, new, old
        }

        /// What becomes of it.
        public var kind: Kind
        /// The line.
        public var text: String

        /// A line.
        public init(_ kind: Kind, _ text: String) {
            self.kind = kind
            self.text = text
        }
    }

    /// A file that changes.
    public struct File: Sendable, Encodable {
        /// Its path.
        public var path: String
        /// What changes in it, with lines around it.
        public var lines: [Line]

        /// A file.
        public init(path: String, lines: [Line]) {
            self.path = path
            self.lines = lines
        }
    }

    /// The files that change.
    public var files: [File]
    /// The files that secrets go to, which only their owner may read.
    public var secrets: [String]
    /// What the change is called: sent with `save`, it says that this is what was seen.
    public var seen: String

    /// A preview.
    public init(files: [File], secrets: [String], seen: String) {
        self.files = files
        self.secrets = secrets
        self.seen = seen
    }
}

/// What was written.
public struct SetupSaved: Sendable, Encodable {
    /// A secret that was made for a user. It is told this once; a hash of it is kept.
    public struct Made: Sendable, Encodable, CustomReflectable {
        /// The user.
        public var user: String
        /// What it is.
        public var kind: SetupChange.Proof
        /// The secret itself.
        public var secret: String

        /// A secret.
        public init(user: String, kind: SetupChange.Proof, secret: String) {
            self.user = user
            self.kind = kind
            self.secret = secret
        }

        /// The user alone.
        public var customMirror: Mirror { Mirror(self, children: ["user": user]) }
    }

    /// What changed, for the audit trail and for people.
    public var message: String
    /// The files that were written.
    public var files: [String]
    /// Settings that changed and wait for the next start.
    public var waiting: [String]
    /// What was made for users.
    public var made: [Made] = []

    /// What was written.
    public init(message: String, files: [String], waiting: [String] = []) {
        self.message = message
        self.files = files
        self.waiting = waiting
    }
}

extension SetupBroker: CustomReflectable {
    /// The address alone.
    public var customMirror: Mirror { Mirror(self, children: ["address": address]) }
}

extension SetupSNMP: CustomReflectable {
    /// Nothing: a mirror shows no part of it.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension SetupProbe: CustomReflectable {
    /// The host alone.
    public var customMirror: Mirror { Mirror(self, children: ["host": host]) }
}
