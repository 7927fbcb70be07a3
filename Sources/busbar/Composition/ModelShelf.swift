import SNMPDriver
import Synchronization

/// Reads each model once, however many PDUs are of it: ten thousand PDUs share one value.
final class ModelShelf: Sendable {
    private let models = Mutex<[String: PDUModel]>([:])

    /// A built-in model; nothing when there is none of that name.
    func builtIn(_ name: String) throws(ModelErrors) -> PDUModel? {
        if let model = models.withLock({ $0[name] }) { return model }
        let model = try ModelLibrary.model(name)
        if let model { models.withLock { $0[name] = model } }
        return model
    }

    /// A site's own model, from its file's text.
    func file(_ path: String, text: String) throws(ModelErrors) -> PDUModel {
        // A path holds a slash, the name of a built-in model does not, so the two cannot be taken for each other.
        if let model = models.withLock({ $0[path] }) { return model }
        let model = try PDUModel(yaml: text, file: path)
        models.withLock { $0[path] = model }
        return model
    }
}
