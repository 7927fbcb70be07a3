/// The page, metrics and health.
public struct WebSettings: Sendable, Equatable {
    /// `web.listen`.
    public var listen: ListenAddress
    /// `web.all_agents`: whether the page is of every agent at the broker.
    public var showsAllAgents: Bool
    /// `web.token`: what a client shows as bearer token.
    public var token: Secret?
    /// `web.username` and `web.password`.
    public var login: WebLogin?
    /// `web.tls`: nothing for plain HTTP.
    public var tls: TLSIdentity?
    /// `web.socket`: nothing for no such listener.
    public var socket: SocketFileSettings?
    /// `web.trusted_proxies`: whose `X-Forwarded-For` is believed.
    public var trustedProxies: [AddressRange]
    /// `web.proxy_login`: how these proxies say who has logged in there.
    public var proxyLogin: ProxyLoginSettings?
    /// `web.session_idle`: after how long without a request people have to sign in again.
    public var sessionIdle: Duration
    /// `web.session_limit`: after how long they have to in any case.
    public var sessionLimit: Duration
    /// `web.history`: how far back the page can show what was drawn; zero for not at all.
    public var history: Duration
    /// `web.history_memory`: how many bytes that may take.
    public var historyMemory: Int
    /// `web.history_size`: how many bytes of the disk that may take.
    public var historySize: Int
    /// `web.energy_price`: what a kilowatt-hour costs.
    public var energyPrice: Double?
    /// `web.currency`: in which currency.
    public var currency: String
    /// `web.frame_ancestors`: whose pages may show this one in a frame.
    public var frameAncestors: [String]
}

/// `web.socket`: a Unix socket at which the page is served besides.
public struct SocketFileSettings: Sendable, Equatable {
    /// `web.socket.path`: absolute.
    public var path: String
    /// `web.socket.group`: the group whose members may connect; nothing for the agent's own user and root.
    public var group: String?
    /// `web.socket.user`: as whom everybody asks there who shows nothing else.
    public var user: String?
}
