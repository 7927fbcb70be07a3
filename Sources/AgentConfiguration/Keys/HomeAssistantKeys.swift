/// `home_assistant`.
enum HomeAssistantKeys {
    static let enabled = Key(
        "enabled",
        Form<Bool>.boolean,
        .value(true),
        example: "true",
        "Whether outlets and measurements are announced to Home Assistant. With `false` what was announced before is "
            + "taken back; without the section nothing is announced."
    )
    static let prefix = Key(
        "prefix",
        Form<String>.topic,
        .value("homeassistant"),
        example: "homeassistant",
        "The discovery prefix that Home Assistant is set to. `mqtt.base_topic` must not lie below it."
    )
    static let discovery = Key(
        "discovery",
        Form<HomeAssistantSettings.Discovery>.choice(),
        .value(.device),
        example: "components",
        "One message per device (`device`), or one per entity (`components`) for versions of Home Assistant that do not "
            + "know the former."
    )

    static let feeds = Key(
        "feeds",
        Form<HomeAssistantSettings.Feeds>.choice(),
        .value(.diagnostic),
        example: "shown",
        "Whether the outlets that feed a load are among the diagnostics of their PDU, as the load stands for them "
            + "(`diagnostic`), or shown like any other (`shown`)."
    )

    static let table = KeyTable("home_assistant", [enabled.entry, prefix.entry, discovery.entry, feeds.entry])

    static func read(_ section: Section) -> HomeAssistantSettings? {
        let isEnabled = section[enabled]
        let prefix = section[prefix]
        let discovery = section[discovery]
        let feeds = section[feeds]
        if isEnabled != false, let prefix, let base = section.context.baseTopic,
            base == prefix || base.hasPrefix("\(prefix)/")
        {
            section.report(
                Self.prefix.name,
                "mqtt.base_topic (\(base.quoted)) must not lie below the discovery prefix (\(prefix.quoted))"
            )
        }
        guard let isEnabled, let prefix, let discovery, let feeds else { return nil }
        return HomeAssistantSettings(
            isEnabled: isEnabled,
            prefix: prefix,
            discovery: discovery,
            showsFeeds: feeds == .shown
        )
    }
}
