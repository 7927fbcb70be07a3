/// The agents that share PDUs, and the etcd by which they agree who owns which.
public struct FleetSettings: Sendable, Equatable {
    /// One of etcd's addresses.
    public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
        /// A host's name, an IPv4 address, or an IPv6 address without brackets.
        public var host: String
        /// The TCP port; 2379 unless given.
        public var port: Int
        /// Whether the address begins with `https://`.
        public var usesTLS: Bool

        /// As in the configuration, port included.
        public var description: String {
            "\(usesTLS ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }

    /// `fleet.etcd`: at least one, and either all of them use TLS or none.
    public var endpoints: [Endpoint]
    /// `fleet.prefix`: begins with a slash and ends without one.
    public var prefix: String
    /// `fleet.ttl`: whole seconds.
    public var ttl: Duration
    /// `fleet.username`.
    public var username: String?
    /// `fleet.password`; only with a user name.
    public var password: Secret?
    /// `fleet.preference`: an agent with a larger one is asked first.
    public var preference: Int
    /// `fleet.capacity`: its share beside the others'.
    public var capacity: Int
    /// `fleet.tls`; present exactly when etcd is spoken to with TLS.
    public var tls: TLSSettings?
}
