/// The keys of `driver: http`: requests that switch and read.
public struct HTTPSettings: Sendable, Equatable {
    /// What opens the device.
    public enum Access: Sendable, Equatable {
        /// `username` and `password`.
        case basic(username: String, password: Secret)
        /// `token`.
        case bearer(Secret)
    }

    /// A request; `{outlet}` and `{index}` in URL and body stand for the outlet.
    public struct Request: Sendable, Equatable {
        /// `method`.
        public var method: String
        /// `url`.
        public var url: String
        /// `headers`, in the order of the file.
        public var headers: [Header]
        /// `body`.
        public var body: String?
    }

    /// A header field.
    public struct Header: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Its value.
        public var value: String
    }

    /// Where in an answer the state stands.
    public enum Place: Sendable, Equatable {
        /// The whole of it.
        case whole
        /// `pointer`: in a JSON document (RFC 6901).
        case pointer(String)
        /// `after` and `before`: between two texts.
        case between(String, String?)
    }

    /// `on`.
    public var on: Request
    /// `off`.
    public var off: Request
    /// `state`.
    public var state: Request
    /// `state.pointer`, or `state.after` and `state.before`.
    public var place: Place
    /// `state.on` and `state.off`.
    public var words: StateWordSettings
    /// `username` and `password`, or `token`.
    public var access: Access?
}
