/// The listener for clients made for pdudaemon. That protocol knows no credentials.
public struct PDUDaemonSettings: Sendable, Equatable {
    /// `pdudaemon.listen`.
    public var listen: ListenAddress
    /// `pdudaemon.allow`: who may switch, besides this host.
    public var allow: [AddressRange]
    /// `pdudaemon.scope`: what they may switch.
    public var scope: [String]
}
