/// `defaults`: what holds for every PDU that says nothing else.
enum DefaultsKeys {
    static let standardStagger = Duration.milliseconds(500)

    static let cycle = Key(
        "cycle",
        Form<Duration>.section(CycleKeys.table) { $0[CycleKeys.offTime] },
        .empty,
        example: "{ off_time: 5s }",
        "How a cycle is done."
    )
    static let stagger = Key(
        "stagger",
        Form<Duration>.duration(.zero...(.seconds(60))),
        .value(standardStagger),
        example: "1s",
        "The pause between two outlets in a command for several."
    )

    static let table = KeyTable("defaults", [cycle.entry, stagger.entry])

    static func read(_ section: Section) -> Bool {
        let offTime = section[cycle]
        let stagger = section[stagger]
        if let offTime { section.context.inherited.cycleOffTime = offTime }
        if let stagger { section.context.inherited.stagger = stagger }
        return true
    }
}
