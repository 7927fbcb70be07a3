import ArgumentParser

/// A log format on the command line.
enum LogFormatArgument: String, CaseIterable, ExpressibleByArgument {
    case text
    case json
}
