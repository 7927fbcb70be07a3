/// What a person gives to see the page.
public struct WebLogin: Sendable, Equatable {
    /// `web.username`.
    public var username: String
    /// `web.password`.
    public var password: Secret
}
