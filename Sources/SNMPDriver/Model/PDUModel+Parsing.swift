extension PDUModel {
    /// Reads and checks a model file.
    ///
    /// - Parameters:
    ///   - yaml: The text of the file.
    ///   - file: What problems call the file.
    /// - Throws: `ModelErrors` with everything that is wrong, by line and key.
    public init(yaml: String, file: String) throws(ModelErrors) {
        self = try ModelFileParser.parse(yaml, file: file)
    }
}
