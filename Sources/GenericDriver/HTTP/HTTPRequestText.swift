internal import Power

/// A request for one outlet, ready to be sent.
struct HTTPRequestText: Sendable, Hashable {
    let method: String
    let url: String
    let headers: [HTTPDriverConfiguration.Header]
    let body: String?

    init(_ request: HTTPDriverConfiguration.Request, outlet: OutletNumber) {
        method = request.method
        url = request.url.filled(outlet)
        headers = request.headers
        body = request.body?.filled(outlet)
    }
}
