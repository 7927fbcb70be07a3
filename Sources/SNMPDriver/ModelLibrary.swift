/// The models that are built in.
public enum ModelLibrary {
    /// Their ids, sorted.
    public static let ids: [String] = ModelFiles.texts.keys.map { String($0.dropLast(".yaml".count)) }.sorted()

    /// The text of a built-in model's file; nothing when there is none of that id.
    static func text(_ id: String) -> String? { ModelFiles.texts["\(id).yaml"] }

    /// A built-in model; nothing when there is none of that id.
    ///
    /// - Throws: `ModelErrors` when its file is wrong, which a test of the library rules out.
    public static func model(_ id: String) throws(ModelErrors) -> PDUModel? {
        guard let text = text(id) else { return nil }
        return try PDUModel(yaml: text, file: "\(id).yaml")
    }

    /// All of them, as detection needs them. They are parsed at the first use, which takes tens of milliseconds.
    public static let all: [PDUModel] = ids.compactMap { id in
        // A test proves that every one of them parses.
        try? model(id)
    }
}
