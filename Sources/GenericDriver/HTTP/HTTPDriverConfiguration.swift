public import Power

/// A device that is switched and read by HTTP requests of the site's own.
public struct HTTPDriverConfiguration: Sendable, Hashable {
    /// A request, with places for the outlet in its URL and its body.
    public struct Request: Sendable, Hashable {
        /// The method, such as `GET`.
        public var method: String
        /// The URL: `http` or `https`.
        public var url: OutletTemplate
        /// Header fields, in order.
        public var headers: [Header]
        /// The body; none by default.
        public var body: OutletTemplate?

        /// A request.
        public init(method: String, url: OutletTemplate, headers: [Header] = [], body: OutletTemplate? = nil) {
            self.method = method
            self.url = url
            self.headers = headers
            self.body = body
        }
    }

    /// A header field.
    public struct Header: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Its value.
        public var value: String

        /// A header field.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The PDU's name, for messages.
    public var name: String
    /// The outlets there are.
    public var outlets: Set<OutletNumber>
    /// Switches an outlet on.
    public var on: Request
    /// Switches an outlet off.
    public var off: Request
    /// Asks for an outlet's state.
    public var state: Request
    /// Where in the answer it stands.
    public var locator: StateLocator
    /// The words by which the device says so.
    public var words: StateWords
    /// What opens the device.
    public var credentials: HTTPCredentials?
    /// How long one request may take.
    public var limit: Duration
    /// How often a read without an answer is repeated. A switch never is.
    public var retries: Int

    /// A configuration.
    public init(
        name: String,
        outlets: Set<OutletNumber>,
        on: Request,
        off: Request,
        state: Request,
        locator: StateLocator,
        words: StateWords,
        credentials: HTTPCredentials? = nil,
        limit: Duration = .seconds(5),
        retries: Int = 1
    ) {
        self.name = name
        self.outlets = outlets
        self.on = on
        self.off = off
        self.state = state
        self.locator = locator
        self.words = words
        self.credentials = credentials
        self.limit = limit
        self.retries = retries
    }
}
