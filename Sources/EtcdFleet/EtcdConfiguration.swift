/// Where etcd is and how to speak to it, and what this agent is in its fleet.
public struct EtcdConfiguration: Sendable {
    /// A password; whatever prints it, prints no part of it.
    public struct Password: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        let value: String

        /// A password.
        public init(_ value: String) {
            self.value = value
        }

        /// What is printed in its place.
        public var description: String { "<secret>" }
        /// What is printed in its place.
        public var debugDescription: String { description }
        /// Nothing: a mirror shows no part of it.
        public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
    }

    /// The addresses, as `http://host:2379`; one or more.
    public var endpoints: [String]
    /// What every key of the fleet begins with, without a slash at its end.
    public var prefix: String
    /// How long after the agent's last word the others may take over; whole seconds.
    public var ttl: Duration
    /// The user's name, where etcd has users.
    public var username: String?
    /// The user's password.
    public var password: Password?
    /// The authorities of etcd's certificates; nothing for the system's.
    public var caFile: String?
    /// The agent's own certificate.
    public var certificateFile: String?
    /// Its key.
    public var keyFile: String?
    /// The agent's id.
    public var agent: String
    /// The version of Busbar.
    public var version: String
    /// Below which topic the fleet publishes; a fleet has one.
    public var baseTopic: String
    /// An agent with a larger one is asked first.
    public var preference = 0
    /// The agent's share beside the others'.
    public var capacity = 100
    /// How long one member may take to answer before the next is asked.
    var attempt = Duration.milliseconds(1200)
    /// How long the members together may take: longer than the choice of a new leader.
    var patience = Duration.seconds(3)

    /// A configuration; what is left out has the value that it has in a configuration file.
    public init(endpoints: [String], prefix: String, ttl: Duration, agent: String, version: String, baseTopic: String) {
        self.endpoints = endpoints
        self.prefix = prefix
        self.ttl = ttl
        self.agent = agent
        self.version = version
        self.baseTopic = baseTopic
    }
}

/// Why etcd did not do what it was asked.
public struct EtcdError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is, as far as a caller acts on it.
    public enum Code: Sendable, Hashable {
        /// No member that sees a majority has answered in time. What was asked may have been done.
        case unavailable
        /// etcd does not know the user, or the user may not do this.
        case forbidden
        /// etcd says that what was asked cannot be done.
        case refused
        /// What answers is not the fleet that this agent belongs to.
        case foreign
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened, at which address, and what to do; never holds a secret.
    public let message: String

    /// The message.
    public var description: String { message }
}
