/// Where secrets came from, so that an entry for the configuration can name the place and never the secret.
public struct SecretPlaces: Sendable, Hashable {
    /// Where one secret came from.
    public enum Place: Sendable, Hashable {
        /// A file, by its absolute path.
        case file(String)
        /// A variable of the environment.
        case variable(String)
        /// A file that systemd gives to the agent's unit, by its name in `/etc/busbar/secrets`.
        case credential(String)
        /// It is no secret: everybody may see it.
        case open(String)
    }

    /// The community of versions 1 and 2c.
    public var community: Place?
    /// The community for writing of versions 1 and 2c, where it is another one.
    public var writeCommunity: Place?
    /// The passphrase of version 3's authentication.
    public var passphrase: Place?
    /// The passphrase of version 3's encryption.
    public var privacyPassphrase: Place?
    /// The password of EnerGenie strips.
    public var password: Place?

    /// Nothing is known.
    public init() {}
}
