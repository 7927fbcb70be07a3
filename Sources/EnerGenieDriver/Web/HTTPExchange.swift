/// One request to the device's web server.
struct HTTPExchange: Sendable, Equatable {
    /// The path, such as `/login.html`.
    let path: String
    /// The body of a `POST`, form-encoded; nothing for a `GET`.
    let form: [UInt8]?

    static func get(_ path: String) -> HTTPExchange {
        HTTPExchange(path: path, form: nil)
    }

    static func post(_ path: String, form: [UInt8]) -> HTTPExchange {
        HTTPExchange(path: path, form: form)
    }
}
