/// `log`.
enum LogKeys {
    static let level = Key(
        "level",
        Form<LogSettings.Level>.choice(),
        .value(.info),
        example: "debug",
        "How much is told."
    )
    static let format = Key(
        "format",
        Form<LogSettings.Format>.choice(),
        .value(.text),
        example: "json",
        "How a line is written: for people, or as one JSON object."
    )

    static let table = KeyTable("log", [level.entry, format.entry])

    static func read(_ section: Section) -> LogSettings? {
        let level = section[level]
        let format = section[format]
        guard let level, let format else { return nil }
        return LogSettings(level: level, format: format)
    }
}
