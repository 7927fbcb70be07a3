import Hummingbird
import Logging
import NIOCore

/// What is known of a request besides the request itself.
struct WebRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection.
    let channel: any Channel
    /// Where the request comes from; behind a proxy that is known, the proxy's client.
    var peer: PeerAddress
    /// Whether nobody can have listened in on the way from the client, as far as is known.
    var isSecure = false
    /// What the request says of where it comes from.
    var facts = RequestFacts(method: .get)
    /// Who asks.
    var visitor = Visitor(name: nil)
    /// The path as it came.
    var path = ""
    /// The names in the path.
    var names: [String: String] = [:]

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        peer = PeerAddress(source.channel.remoteAddress)
    }

    /// A name in the path, which the route has.
    func name(_ key: String) throws -> String {
        guard let name = names[key] else { throw HTTPError(.notFound) }
        return name
    }
}
