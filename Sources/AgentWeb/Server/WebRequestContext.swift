import Hummingbird
import Logging

/// What is known of a request besides the request itself.
struct WebRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Who asks.
    var visitor = Visitor(name: nil)

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }
}
