/// `poll`, of all PDUs and of one.
enum PollKeys {
    static let interval = Key(
        "interval",
        Form<Duration>.duration(.milliseconds(500)...(.seconds(3600))),
        .value(PollSettings.standard.interval),
        example: "5s",
        "How often a device is read. A change made behind the agent's back is seen within it."
    )
    static let jitter = Key(
        "jitter",
        Form<Double>.number(0...0.5),
        .value(PollSettings.standard.jitter),
        example: "0.2",
        "By which part of the interval a poll may come earlier, by chance, so that devices are not read all at once."
    )

    static let table = KeyTable("poll", [interval.entry, jitter.entry])

    /// What a section gives; the rest is what it inherits.
    static func read(_ section: Section, inheriting outer: PollSettings) -> PollSettings {
        PollSettings(
            interval: section.given(interval) ?? outer.interval,
            jitter: section.given(jitter) ?? outer.jitter
        )
    }
}
