/// The models that are built in.
public enum ModelLibrary {
    /// Their ids, sorted.
    public static let ids: [String] = BuiltInModelTexts.byID.keys.sorted()

    /// A built-in model; nothing when there is none of that id.
    ///
    /// - Throws: `ModelErrors` when its file is wrong, which a test of the library rules out.
    public static func model(_ id: String) throws(ModelErrors) -> PDUModel? {
        guard let text = BuiltInModelTexts.byID[id] else { return nil }
        return try PDUModel(yaml: text, file: "\(id).yaml")
    }

    /// All of them, as detection needs them. They are parsed at the first use, which takes tens of milliseconds.
    public static let all: [PDUModel] = ids.compactMap { id in
        // A test proves that every one of them parses.
        try? model(id)
    }
}
