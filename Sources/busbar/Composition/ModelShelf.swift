import SNMPDriver
import Synchronization

/// Reads each model once, however many PDUs are of it: ten thousand PDUs share one value.
final class ModelShelf: Sendable {
    private let models = Mutex<[String: PDUModel]>([:])
    /// A site's own models by their paths, with the texts that they were read from: a file may be edited between two reads.
    private let files = Mutex<[String: (text: String, model: PDUModel)]>([:])

    /// A built-in model; nothing when there is none of that name.
    func builtIn(_ name: String) throws(ModelErrors) -> PDUModel? {
        if let model = models.withLock({ $0[name] }) { return model }
        let model = try ModelLibrary.model(name)
        if let model { models.withLock { $0[name] = model } }
        return model
    }

    /// A site's own model, from its file's text.
    func file(_ path: String, text: String) throws(ModelErrors) -> PDUModel {
        if let known = files.withLock({ $0[path] }), known.text == text { return known.model }
        let model = try PDUModel(yaml: text, file: path)
        files.withLock { $0[path] = (text, model) }
        return model
    }
}
