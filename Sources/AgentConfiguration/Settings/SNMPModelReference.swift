/// The description of a device's objects.
public enum SNMPModelReference: Sendable, Hashable {
    /// The device is asked what it is.
    case automatic
    /// A built-in description.
    case builtIn(String)
    /// A description of the site's own: an absolute path.
    case file(String)
}
